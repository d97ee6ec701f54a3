using NpgsqlTypes;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>Idempotency keys that are given back and claimed, and marks.</summary>
internal sealed class KeySection : Section
{
    private readonly RowsCommand _releases;
    private readonly (List<string> Scopes, List<string> Keys, List<string> Hashes) _released;
    private readonly RowsCommand _claims;
    private readonly (List<int> Members, List<int> Items) _claimed;
    private readonly (List<string> Scopes, List<string> Keys, List<string> Hashes, List<ReadOnlyMemory<byte>> Outcomes, List<DateTime> Times) _claim;
    private readonly RowsCommand _purges;
    private readonly (List<string> Handlers, List<long> After, List<long> UpTo) _purged;
    private readonly RowsCommand _marks;
    private readonly (List<int> Members, List<int> Items, List<string> Handlers, List<long> Positions, List<string> Methods) _marked;

    public KeySection(string schema)
    {
        _releases = new($"delete from {schema}.keys k using unnest($1, $2, $3) u (scope, key, payload_hash) where k.scope = u.scope and k.key = u.key and k.payload_hash = u.payload_hash");
        _released = (_releases.Column<string>(NpgsqlDbType.Text), _releases.Column<string>(NpgsqlDbType.Text), _releases.Column<string>(NpgsqlDbType.Text));

        _claims = new($"""
            insert into {schema}.keys (scope, key, payload_hash, outcome, at)
            select case when exists (select from {schema}.keys k where k.scope = u.scope and k.key = u.key) then {schema}.refuse('key', u.member, u.item, 0, '')::text else u.scope end,
                u.key, u.payload_hash, u.outcome, u.at
            from unnest($1, $2, $3, $4, $5, $6, $7) u (member, item, scope, key, payload_hash, outcome, at)
            """);
        _claimed = (_claims.Column<int>(NpgsqlDbType.Integer), _claims.Column<int>(NpgsqlDbType.Integer));
        _claim = (_claims.Column<string>(NpgsqlDbType.Text), _claims.Column<string>(NpgsqlDbType.Text), _claims.Column<string>(NpgsqlDbType.Text),
            _claims.Column<ReadOnlyMemory<byte>>(NpgsqlDbType.Bytea), _claims.Column<DateTime>(NpgsqlDbType.TimestampTz));

        _purges = new($"delete from {schema}.marks m using unnest($1, $2, $3) u (handler, after, up_to) where m.handler = u.handler and m.global_position > u.after and m.global_position <= u.up_to");
        _purged = (_purges.Column<string>(NpgsqlDbType.Text), _purges.Column<long>(NpgsqlDbType.Bigint), _purges.Column<long>(NpgsqlDbType.Bigint));

        _marks = new($"""
            insert into {schema}.marks (handler, global_position, method)
            select u.handler,
                case when u.global_position <= coalesce((select f.position from {schema}.mark_floors f where f.handler = u.handler), 0)
                       or exists (select from {schema}.marks m where m.handler = u.handler and m.global_position = u.global_position and m.method = u.method)
                     then {schema}.refuse('mark', u.member, u.item, 0, '') else u.global_position end,
                u.method
            from unnest($1, $2, $3, $4, $5) u (member, item, handler, global_position, method)
            """);
        _marked = (_marks.Column<int>(NpgsqlDbType.Integer), _marks.Column<int>(NpgsqlDbType.Integer), _marks.Column<string>(NpgsqlDbType.Text),
            _marks.Column<long>(NpgsqlDbType.Bigint), _marks.Column<string>(NpgsqlDbType.Text));
    }

    public override void Clear()
    {
        _releases.Clear();
        _claims.Clear();
        _purges.Clear();
        _marks.Clear();
    }

    public override void Add(Commit commit, int member)
    {
        foreach (var release in commit.KeyReleases)
        {
            _released.Scopes.Add(release.Scope);
            _released.Keys.Add(release.Key);
            _released.Hashes.Add(release.PayloadHash);
        }

        for (var item = 0; item < commit.Keys.Count; item++)
        {
            var key = commit.Keys[item];
            _claimed.Members.Add(member);
            _claimed.Items.Add(item);
            _claim.Scopes.Add(key.Scope);
            _claim.Keys.Add(key.Key);
            _claim.Hashes.Add(key.PayloadHash);
            _claim.Outcomes.Add(key.Outcome);
            _claim.Times.Add(StoreTime.Of(key.At).UtcDateTime);
        }

        foreach (var purge in commit.MarkPurges)
        {
            _purged.Handlers.Add(purge.Handler);
            _purged.After.Add(purge.After);
            _purged.UpTo.Add(purge.UpTo);
        }

        for (var item = 0; item < commit.Marks.Count; item++)
        {
            var mark = commit.Marks[item];
            _marked.Members.Add(member);
            _marked.Items.Add(item);
            _marked.Handlers.Add(mark.Handler);
            _marked.Positions.Add(mark.GlobalPosition);
            _marked.Methods.Add(mark.Method);
        }
    }

    public override void AddTo(BatchCommands commands)
    {
        commands.Add(_releases);
        commands.Add(_claims);
        commands.Add(_purges);
        commands.Add(_marks);
    }
}
