using Npgsql;
using NpgsqlTypes;
using Protean.EventStore.Writing;
using Protean.Storage;

namespace Protean.EventStore.Reading;

/// <summary>Checkpoints, nodes, keys and marks.</summary>
internal sealed class ProgressReading(PostgresDatabase database)
{
    private readonly string _schema = database.Schema;

    public async ValueTask<IReadOnlyList<Checkpoint>> CheckpointsAsync(string? name, int? partition, CancellationToken cancellationToken) => await database.ListAsync(
        $"""
        select c.name, c.partition, c.position, c.epoch, c.owner, c.data,
               exists (select from {_schema}.nodes n where n.node = c.owner and n.alive_until > clock_timestamp())
        from {_schema}.checkpoints c where c.present and ($1 is null or c.name = $1) and ($2 is null or c.partition = $2) order by c.name, c.partition
        """,
        parameters =>
        {
            parameters.Add(new NpgsqlParameter<string?> { TypedValue = name, NpgsqlDbType = NpgsqlDbType.Text });
            parameters.Add(new NpgsqlParameter<int?> { TypedValue = partition, NpgsqlDbType = NpgsqlDbType.Integer });
        },
        static reader => new Checkpoint(
            new(reader.GetString(0), reader.GetInt32(1)),
            reader.GetInt64(2),
            reader.GetInt64(3),
            reader.IsDBNull(4) ? null : reader.GetString(4),
            reader.GetBoolean(6),
            reader.IsDBNull(5) ? null : reader.GetString(5)),
        cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<NodeStatus>> HeartbeatAsync(Heartbeat heartbeat, CancellationToken cancellationToken)
    {
        ReadValidation.Check(heartbeat);
        UnstorableText.Check(heartbeat.Data, $"The data of node '{heartbeat.Node}'");
        // An interval of the database ends where its calendar does: for ever is 'infinity'.
        var change = heartbeat.Lifetime == TimeSpan.Zero
            ? $"delete from {_schema}.nodes where node = $1"
            : $"""
               insert into {_schema}.nodes (node, alive_until, data) values ($1, case when $2 > 1e11 then 'infinity' else clock_timestamp() + make_interval(secs => $2) end, $3)
               on conflict (node) do update set alive_until = excluded.alive_until, data = excluded.data
               """;
        await database.ExecuteAsync(
            change,
            parameters =>
            {
                parameters.Add(new NpgsqlParameter<string> { TypedValue = heartbeat.Node });
                if (heartbeat.Lifetime == TimeSpan.Zero)
                    return;
                parameters.Add(new NpgsqlParameter<double> { TypedValue = heartbeat.Lifetime.TotalSeconds });
                parameters.Add(new NpgsqlParameter<string?> { TypedValue = heartbeat.Data, NpgsqlDbType = NpgsqlDbType.Text });
            },
            cancellationToken).ConfigureAwait(false);
        return await database.ListAsync(
            $"select node, alive_until, alive_until > clock_timestamp(), data from {_schema}.nodes order by node",
            static _ => { },
            static reader => new NodeStatus(
                reader.GetString(0),
                reader.GetDateTime(1) is var until && until == DateTime.MaxValue ? DateTimeOffset.MaxValue : new(until),
                reader.GetBoolean(2),
                reader.IsDBNull(3) ? null : reader.GetString(3)),
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<ClaimedKey?> KeyAsync(string scope, string key, CancellationToken cancellationToken)
    {
        ReadValidation.CheckKey(scope, key);
        var found = await database.ListAsync(
            $"select scope, key, payload_hash, outcome, at from {_schema}.keys where scope = $1 and key = $2",
            parameters =>
            {
                parameters.Add(new NpgsqlParameter<string> { TypedValue = scope });
                parameters.Add(new NpgsqlParameter<string> { TypedValue = key });
            },
            static reader => new ClaimedKey(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3), new(reader.GetDateTime(4))),
            cancellationToken).ConfigureAwait(false);
        return found.Count == 0 ? null : found[0];
    }

    public ValueTask<long> PurgeKeysAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.ScalarAsync<long>(
        $"""
        with k as (delete from {_schema}.keys where at < $1 returning 1), c as (delete from {_schema}.commits where at < $1 returning 1)
        select (select count(*) from k) + (select count(*) from c)
        """,
        parameters => parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = StoreTime.Of(before).UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz }),
        cancellationToken,
        isLong: true);

    public async ValueTask<IReadOnlyList<HandledMark>> MarksAsync(string handler, long after, long upTo, CancellationToken cancellationToken)
    {
        ReadValidation.CheckHandler(handler);
        return await database.ListAsync(
            $"select method, global_position from {_schema}.marks where handler = $1 and global_position > $2 and global_position <= $3 order by global_position, method",
            parameters =>
            {
                parameters.Add(new NpgsqlParameter<string> { TypedValue = handler });
                parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
                parameters.Add(new NpgsqlParameter<long> { TypedValue = upTo });
            },
            reader => new HandledMark(handler, reader.GetString(0), reader.GetInt64(1)),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>While nobody else writes, so that no mark can slip in under the floor.</summary>
    public async ValueTask PurgeMarksAsync(string handler, long upTo, CancellationToken cancellationToken)
    {
        ReadValidation.CheckHandler(handler);
        await database.LockedAsync(
            $"""
            with gone as (delete from {_schema}.marks where handler = $1 and global_position <= $2)
            insert into {_schema}.mark_floors as f (handler, position) values ($1, $2)
            on conflict (handler) do update set position = greatest(f.position, excluded.position) returning position
            """,
            parameters =>
            {
                parameters.Add(new NpgsqlParameter<string> { TypedValue = handler });
                parameters.Add(new NpgsqlParameter<long> { TypedValue = upTo });
            },
            cancellationToken).ConfigureAwait(false);
    }
}
