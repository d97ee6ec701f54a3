using System.Text.Json;
using NpgsqlTypes;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>Failure records: handlers whose records all go, single ones that go, and those that are written.</summary>
internal sealed class FailureSection : Section
{
    private readonly RowsCommand _purges;
    private readonly (List<string> Handlers, List<int?> Partitions) _purged;
    private readonly RowsCommand _checks;
    private readonly KeyColumns _checked;
    private readonly RowsCommand _removes;
    private readonly (List<string> Handlers, List<long> Positions, List<string> Methods) _removed;
    private readonly RowsCommand _writes;
    private readonly KeyColumns _written;
    private readonly RecordColumns _records;

    public FailureSection(string schema)
    {
        _purges = new($"delete from {schema}.failures f using unnest($1, $2) u (handler, partition) where f.handler = u.handler and (u.partition is null or f.partition = u.partition)");
        _purged = (_purges.Column<string>(NpgsqlDbType.Text), _purges.Column<int?>(NpgsqlDbType.Integer));

        var old = $"left join lateral (select f.revision from {schema}.failures f where f.handler = u.handler and f.global_position = u.global_position and f.method = u.method limit 1) o on true";
        var revision = $"""
            case when u.expected in ({FailureWrite.AnyRevision}, coalesce(o.revision, 0)) then coalesce(o.revision, 0) + 1
                 else {schema}.refuse('failure', u.member, u.item, coalesce(o.revision, 0), '') end
            """;
        _checks = new($"select {revision} from unnest($1, $2, $3, $4, $5, $6) u (member, item, handler, global_position, method, expected) {old}");
        _checked = new(_checks);
        _removes = new($"delete from {schema}.failures f using unnest($1, $2, $3) u (handler, global_position, method) where f.handler = u.handler and f.global_position = u.global_position and f.method = u.method");
        _removed = (_removes.Column<string>(NpgsqlDbType.Text), _removes.Column<long>(NpgsqlDbType.Bigint), _removes.Column<string>(NpgsqlDbType.Text));

        _writes = new($"""
            insert into {schema}.failures (handler, global_position, method, partition, message_id, message_type, stream, stream_position, status,
                park_key, retries, next_attempt_at, failed_at, updated_at, attempts, revision)
            select u.handler, u.global_position, u.method, u.partition, u.message_id, u.message_type, u.stream, u.stream_position, u.status,
                u.park_key, u.retries, u.next_attempt_at, u.failed_at, u.updated_at, u.attempts, {revision}
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
                u (member, item, handler, global_position, method, expected, partition, message_id, message_type, stream, stream_position, status,
                   park_key, retries, next_attempt_at, failed_at, updated_at, attempts) {old}
            on conflict (handler, global_position, method) do update set partition = excluded.partition, message_id = excluded.message_id,
                message_type = excluded.message_type, stream = excluded.stream, stream_position = excluded.stream_position, status = excluded.status,
                park_key = excluded.park_key, retries = excluded.retries, next_attempt_at = excluded.next_attempt_at, failed_at = excluded.failed_at,
                updated_at = excluded.updated_at, attempts = excluded.attempts, revision = excluded.revision
            """);
        _written = new(_writes);
        _records = new(_writes);
    }

    public override void Clear()
    {
        _purges.Clear();
        _checks.Clear();
        _removes.Clear();
        _writes.Clear();
    }

    public override void Add(Commit commit, int member)
    {
        foreach (var purge in commit.FailurePurges)
        {
            _purged.Handlers.Add(purge.Handler);
            _purged.Partitions.Add(purge.Partition);
        }

        for (var item = 0; item < commit.Failures.Count; item++)
        {
            var write = commit.Failures[item];
            if (write.Record is { } record)
            {
                _written.Add(write, member, item);
                _records.Add(record);
                continue;
            }

            _checked.Add(write, member, item);
            _removed.Handlers.Add(write.Key.Handler);
            _removed.Positions.Add(write.Key.GlobalPosition);
            _removed.Methods.Add(write.Key.Method);
        }
    }

    public override void AddTo(BatchCommands commands)
    {
        commands.Add(_purges);
        commands.Add(_checks, Answer.Ignored);
        commands.Add(_removes);
        commands.Add(_writes);
    }

    private sealed class KeyColumns(RowsCommand rows)
    {
        private readonly List<int> _members = rows.Column<int>(NpgsqlDbType.Integer);
        private readonly List<int> _items = rows.Column<int>(NpgsqlDbType.Integer);
        private readonly List<string> _handlers = rows.Column<string>(NpgsqlDbType.Text);
        private readonly List<long> _positions = rows.Column<long>(NpgsqlDbType.Bigint);
        private readonly List<string> _methods = rows.Column<string>(NpgsqlDbType.Text);
        private readonly List<long> _expected = rows.Column<long>(NpgsqlDbType.Bigint);

        public void Add(in FailureWrite write, int member, int item)
        {
            _members.Add(member);
            _items.Add(item);
            _handlers.Add(write.Key.Handler);
            _positions.Add(write.Key.GlobalPosition);
            _methods.Add(write.Key.Method);
            _expected.Add(write.ExpectedRevision);
        }
    }

    private sealed class RecordColumns(RowsCommand rows)
    {
        private readonly List<int> _partitions = rows.Column<int>(NpgsqlDbType.Integer);
        private readonly List<Guid> _messages = rows.Column<Guid>(NpgsqlDbType.Uuid);
        private readonly List<string> _types = rows.Column<string>(NpgsqlDbType.Text);
        private readonly List<string> _streams = rows.Column<string>(NpgsqlDbType.Text);
        private readonly List<long> _streamPositions = rows.Column<long>(NpgsqlDbType.Bigint);
        private readonly List<short> _states = rows.Column<short>(NpgsqlDbType.Smallint);
        private readonly List<string?> _parkKeys = rows.Column<string?>(NpgsqlDbType.Text);
        private readonly List<int> _retries = rows.Column<int>(NpgsqlDbType.Integer);
        private readonly List<DateTime?> _nextAttempts = rows.Column<DateTime?>(NpgsqlDbType.TimestampTz);
        private readonly List<DateTime> _failedAt = rows.Column<DateTime>(NpgsqlDbType.TimestampTz);
        private readonly List<DateTime> _updatedAt = rows.Column<DateTime>(NpgsqlDbType.TimestampTz);
        private readonly List<ReadOnlyMemory<byte>> _attempts = rows.Column<ReadOnlyMemory<byte>>(NpgsqlDbType.Json);

        public void Add(FailureRecord record)
        {
            _partitions.Add(record.Partition);
            _messages.Add(record.MessageId);
            _types.Add(record.MessageType);
            _streams.Add(record.Stream);
            _streamPositions.Add(record.StreamPosition);
            _states.Add((short)record.Status);
            _parkKeys.Add(record.ParkKey);
            _retries.Add(record.Retries);
            _nextAttempts.Add(record.NextAttemptAt is { } next ? StoreTime.Of(next).UtcDateTime : null);
            _failedAt.Add(StoreTime.Of(record.FailedAt).UtcDateTime);
            _updatedAt.Add(StoreTime.Of(record.UpdatedAt).UtcDateTime);
            _attempts.Add(JsonSerializer.SerializeToUtf8Bytes(record.Attempts));
        }
    }
}
