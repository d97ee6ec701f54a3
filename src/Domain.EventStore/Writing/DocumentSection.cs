using NpgsqlTypes;
using Protean.EventStore.Schema;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>The documents of one collection.</summary>
internal sealed class DocumentSection : Section
{
    private readonly CollectionTable _collection;
    private readonly RowsCommand _writes;
    private readonly RowsCommand _checks;
    private readonly RowsCommand _deletes;
    private readonly RowsCommand _inserts;
    private readonly WriteColumns _written;
    private readonly WriteColumns _inserted;
    private readonly CheckColumns _checked;
    private readonly (List<long> Generations, List<string> Keys) _deleted;

    public DocumentSection(CollectionTable collection)
    {
        _collection = collection;
        var table = collection.Table;
        _writes = new(Sql(
            WriteColumns.Source,
            "u.generation, u.key, {check}, u.stamp, u.body",
            $"insert into {table} as d (generation, key, version, stamp, body) ",
            "on conflict (generation, key) do update set version = excluded.version, stamp = excluded.stamp, body = excluded.body"));
        _written = new(_writes);
        _checks = new(Sql(CheckColumns.Source, "{check}", "", ""));
        _checked = new(_checks);
        _deletes = new($"delete from {table} d using unnest($1, $2) u (generation, key) where d.generation = u.generation and d.key = u.key");
        _deleted = (_deletes.Column<long>(NpgsqlDbType.Bigint), _deletes.Column<string>(NpgsqlDbType.Text));
        _inserts = new($"insert into {table} (generation, key, version, stamp, body) select u.generation, u.key, u.version, u.stamp, u.body from {WriteColumns.Source}");
        _inserted = new(_inserts);
    }

    /// <summary>
    /// Whether everything old goes before anything new comes, so that a value of a unique index can move from one document to another. That costs
    /// more, and is done when the shorter way was refused.
    /// </summary>
    public bool DeletesFirst { get; set; }

    public override void Clear()
    {
        _writes.Clear();
        _checks.Clear();
        _deletes.Clear();
        _inserts.Clear();
    }

    public override void Add(Commit commit, int member)
    {
        for (var item = 0; item < commit.Documents.Count; item++)
        {
            var write = commit.Documents[item];
            if (write.Collection != _collection.Name)
                continue;
            // An older version leaves the document as it is, so what goes before cannot be known beforehand: it is written over.
            if (write.Body is not null && (!DeletesFirst || write.ExpectedVersion == ExpectedDocument.Older))
            {
                _written.Add(write, member, item);
                continue;
            }

            _checked.Add(write, member, item);
            _deleted.Generations.Add(write.Generation);
            _deleted.Keys.Add(write.Key);
            if (write.Body is not null)
                _inserted.Add(write, member, item);
        }
    }

    public override void AddTo(BatchCommands commands)
    {
        commands.Add(_checks, Answer.Ignored);
        commands.Add(_deletes);
        commands.Add(_inserts);
        commands.Add(_writes);
    }

    private string Sql(string source, string select, string before, string after)
    {
        var schema = _collection.Schema;
        var check = $"""
            case when g.number is null then {schema}.refuse('generation', u.member, u.item, 0, '')
                 when u.expected in ({ExpectedDocument.Any}, {ExpectedDocument.Older}) or u.expected = coalesce(o.version, 0) then u.version
                 else {schema}.refuse('document', u.member, u.item, coalesce(o.version, 0), '') end
            """;
        return $"""
            {before}select {select.Replace("{check}", check, StringComparison.Ordinal)}
            from {source}
            left join lateral (select d.version from {_collection.Table} d where d.generation = u.generation and d.key = u.key limit 1) o on true
            left join lateral (select g.number from {schema}.generations g where g.collection = {PostgresIdentifier.Literal(_collection.Name)} and g.number = u.generation and g.state < 2 limit 1) g on true
            where u.expected <> {ExpectedDocument.Older} or g.number is null or o.version is null or o.version < u.version
            {after}
            """;
    }

    private sealed class CheckColumns(RowsCommand rows)
    {
        public const string Source = "unnest($1, $2, $3, $4, $5, $6) u (member, item, generation, key, expected, version)";

        private readonly List<int> _members = rows.Column<int>(NpgsqlDbType.Integer);
        private readonly List<int> _items = rows.Column<int>(NpgsqlDbType.Integer);
        private readonly List<long> _generations = rows.Column<long>(NpgsqlDbType.Bigint);
        private readonly List<string> _keys = rows.Column<string>(NpgsqlDbType.Text);
        private readonly List<long> _expected = rows.Column<long>(NpgsqlDbType.Bigint);
        private readonly List<long> _versions = rows.Column<long>(NpgsqlDbType.Bigint);

        public void Add(in DocumentWrite write, int member, int item)
        {
            _members.Add(member);
            _items.Add(item);
            _generations.Add(write.Generation);
            _keys.Add(write.Key);
            _expected.Add(write.ExpectedVersion);
            _versions.Add(write.Version);
        }
    }

    private sealed class WriteColumns(RowsCommand rows)
    {
        public const string Source = "unnest($1, $2, $3, $4, $5, $6, $7, $8) u (member, item, generation, key, expected, version, stamp, body)";

        private readonly CheckColumns _checks = new(rows);
        private readonly List<string> _stamps = rows.Column<string>(NpgsqlDbType.Text);
        private readonly List<ReadOnlyMemory<byte>> _bodies = rows.Column<ReadOnlyMemory<byte>>(NpgsqlDbType.Jsonb);

        public void Add(in DocumentWrite write, int member, int item)
        {
            _checks.Add(write, member, item);
            _stamps.Add(write.Stamp ?? "");
            _bodies.Add(write.Body!.Value);
        }
    }
}
