using System.Text;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Protean.Storage;

namespace Protean.EventStore.Reading;

/// <summary>Finds, counts and purges failure records.</summary>
internal sealed class FailureReading(PostgresDatabase database)
{
    private const string Columns =
        "handler, method, global_position, partition, message_id, message_type, stream, stream_position, status, park_key, retries, next_attempt_at, failed_at, updated_at, attempts, revision";

    private readonly string _failures = database.Schema + ".failures";

    public async ValueTask<IReadOnlyList<FailureRecord>> QueryAsync(FailureQuery query, CancellationToken cancellationToken)
    {
        ReadValidation.Check(query);
        var (where, parameters) = Where(query);
        if (query.After is { } after)
        {
            var first = parameters.Count + 1;
            where += $" and (handler, global_position, method) > (${first}, ${first + 1}, ${first + 2})";
            parameters.Add(new NpgsqlParameter<string> { TypedValue = after.Handler });
            parameters.Add(new NpgsqlParameter<long> { TypedValue = after.GlobalPosition });
            parameters.Add(new NpgsqlParameter<string> { TypedValue = after.Method });
        }

        parameters.Add(new NpgsqlParameter<int> { TypedValue = query.Take });
        return await database.ListAsync(
            $"select {Columns} from {_failures} where {where} order by handler, global_position, method limit ${parameters.Count}",
            Bind(parameters),
            Row,
            cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<long> CountAsync(FailureQuery query, CancellationToken cancellationToken)
    {
        ReadValidation.Check(query);
        var (where, parameters) = Where(query);
        return database.ScalarAsync<long>($"select count(*) from {_failures} where {where}", Bind(parameters), cancellationToken);
    }

    public ValueTask<long> PurgeAsync(FailureQuery query, CancellationToken cancellationToken)
    {
        ReadValidation.Check(query);
        var (where, parameters) = Where(query);
        // Records are written under the lock on the condition of what is there, so they are removed under it too.
        return database.LockedAsync($"with gone as (delete from {_failures} where {where} returning 1) select count(*) from gone", Bind(parameters), cancellationToken);
    }

    private static Action<NpgsqlParameterCollection> Bind(List<NpgsqlParameter> parameters) => to =>
    {
        foreach (var parameter in parameters)
            to.Add(parameter);
    };

    private static (string Sql, List<NpgsqlParameter> Parameters) Where(FailureQuery query)
    {
        var sql = new StringBuilder("true");
        var parameters = new List<NpgsqlParameter>();
        Add("handler =", query.Handler);
        Add("message_type =", query.MessageType);
        Add("park_key =", query.ParkKey);
        AddTime("failed_at >=", query.FailedFrom);
        AddTime("failed_at <", query.FailedBefore);
        AddTime("next_attempt_at <=", query.DueBy);
        if (query.Partition is { } partition)
            AddValue("partition =", new NpgsqlParameter<int> { TypedValue = partition });
        if (query.Status is { } status)
            AddValue("status =", new NpgsqlParameter<short> { TypedValue = (short)status });
        return (sql.ToString(), parameters);

        void Add(string condition, string? value)
        {
            if (value is not null)
                AddValue(condition, new NpgsqlParameter<string> { TypedValue = value });
        }

        void AddTime(string condition, DateTimeOffset? value)
        {
            if (value is { } time)
                AddValue(condition, new NpgsqlParameter<DateTime> { TypedValue = StoreTime.Of(time).UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        }

        void AddValue(string condition, NpgsqlParameter parameter)
        {
            parameters.Add(parameter);
            sql.Append(" and ").Append(condition).Append(" $").Append(parameters.Count);
        }
    }

    private static FailureRecord Row(NpgsqlDataReader reader) => new()
    {
        Key = new(reader.GetString(0), reader.GetString(1), reader.GetInt64(2)),
        Partition = reader.GetInt32(3),
        MessageId = reader.GetGuid(4),
        MessageType = reader.GetString(5),
        Stream = reader.GetString(6),
        StreamPosition = reader.GetInt64(7),
        Status = (FailureStatus)reader.GetInt16(8),
        ParkKey = reader.IsDBNull(9) ? null : reader.GetString(9),
        Retries = reader.GetInt32(10),
        NextAttemptAt = reader.IsDBNull(11) ? null : new(reader.GetDateTime(11)),
        FailedAt = new(reader.GetDateTime(12)),
        UpdatedAt = new(reader.GetDateTime(13)),
        Attempts = JsonSerializer.Deserialize<FailureAttempt[]>(reader.GetFieldValue<byte[]>(14)) ?? [],
        Revision = reader.GetInt64(15),
    };
}
