using NpgsqlTypes;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>Checkpoints that move, are asserted or go.</summary>
internal sealed class CheckpointSection : Section
{
    private readonly RowsCommand _rows;
    private readonly List<int> _members;
    private readonly List<int> _items;
    private readonly List<string> _names;
    private readonly List<int> _partitions;
    private readonly List<long> _epochs;
    private readonly List<long> _expected;
    private readonly List<long> _positions;
    private readonly List<bool> _removed;
    private readonly List<string?> _data;

    public CheckpointSection(string schema)
    {
        _rows = new($"""
            insert into {schema}.checkpoints as c (name, partition, position, epoch, last_epoch, owner, data, present)
            select u.name, u.partition,
                case when coalesce(o.epoch, 0) <> u.epoch then {schema}.refuse('checkpoint', u.member, u.item, coalesce(o.epoch, 0), '')
                     when coalesce(o.position, 0) <> u.expected then {schema}.refuse('position', u.member, u.item, coalesce(o.position, 0), '')
                     when u.removed then 0 else u.position end,
                case when u.removed then 0 else u.epoch end,
                case when u.removed then greatest(coalesce(o.last_epoch, 0), u.epoch) else coalesce(o.last_epoch, 0) end,
                case when not u.removed then o.owner end, case when not u.removed then coalesce(u.data, o.data) end, not u.removed
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) u (member, item, name, partition, epoch, expected, position, removed, data)
            left join lateral (select c.position, c.epoch, c.last_epoch, c.owner, c.data from {schema}.checkpoints c
                               where c.name = u.name and c.partition = u.partition limit 1) o on true
            on conflict (name, partition) do update set position = excluded.position, epoch = excluded.epoch, last_epoch = excluded.last_epoch,
                owner = excluded.owner, data = excluded.data, present = excluded.present
            """);
        _members = _rows.Column<int>(NpgsqlDbType.Integer);
        _items = _rows.Column<int>(NpgsqlDbType.Integer);
        _names = _rows.Column<string>(NpgsqlDbType.Text);
        _partitions = _rows.Column<int>(NpgsqlDbType.Integer);
        _epochs = _rows.Column<long>(NpgsqlDbType.Bigint);
        _expected = _rows.Column<long>(NpgsqlDbType.Bigint);
        _positions = _rows.Column<long>(NpgsqlDbType.Bigint);
        _removed = _rows.Column<bool>(NpgsqlDbType.Boolean);
        _data = _rows.Column<string?>(NpgsqlDbType.Text);
    }

    public override void Clear() => _rows.Clear();

    public override void Add(Commit commit, int member)
    {
        for (var item = 0; item < commit.Checkpoints.Count; item++)
        {
            var move = commit.Checkpoints[item];
            _members.Add(member);
            _items.Add(item);
            _names.Add(move.Key.Name);
            _partitions.Add(move.Key.Partition);
            _epochs.Add(move.Epoch);
            _expected.Add(move.ExpectedPosition);
            _positions.Add(move.Position);
            _removed.Add(move.Remove);
            _data.Add(move.Data);
        }
    }

    public override void AddTo(BatchCommands commands) => commands.Add(_rows);
}
