using System.Text;
using Npgsql;
using NpgsqlTypes;
using Protean.EventStore.Schema;
using Protean.EventStore.Writing;
using Protean.Storage;

namespace Protean.EventStore;

/// <summary>Truncates streams, and says what streams and categories look like.</summary>
internal sealed class Operations(PostgresDatabase database)
{
    private const string StatisticsColumns =
        "m.stream, max(m.position), min(m.position), count(*), (array_agg(m.time order by m.position))[1], (array_agg(m.time order by m.position desc))[1], bool_or(m.archived)";

    private readonly string _messages = database.Schema + ".messages";

    public async ValueTask<long> TruncateAsync(StreamName stream, long position, NewMessage baseline, CancellationToken cancellationToken)
    {
        CommitValidation.CheckTruncation(stream, position, baseline);
        try
        {
            await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
            await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
            await WaitForTurnAsync(connection, cancellationToken).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection, transaction) { Timeout = PostgresDatabase.NoTimeout };
            foreach (var command in TruncateCommands(stream, position, baseline))
                batch.BatchCommands.Add(command);
            return await RunTruncateAsync(batch).ConfigureAwait(false);
        }
        catch (Exception error) when (Refusal.TryRead(error, out var refusal))
        {
            throw Conflict.Of(stream, position, refusal.Actual);
        }
        catch (PostgresException error) when (error.ConstraintName == "messages_id")
        {
            throw new DuplicateMessageException(baseline.Id);
        }
        catch (Exception error) when (PostgresFaults.IsFault(error) || error is EncoderFallbackException)
        {
            throw UnstorableText.Find(stream, baseline) ?? PostgresFaults.Translate(error);
        }
    }

    /// <summary>What closes a stream, besides its last message.</summary>
    public NpgsqlBatchCommand Archive(StreamName stream) =>
        new($"update {_messages} set archived = true where stream = $1 and not archived") { Parameters = { Of(stream.Value) } };

    public async ValueTask<StreamStatistics?> StreamAsync(StreamName stream, CancellationToken cancellationToken)
    {
        CommitValidation.CheckStream(stream);
        var found = await database.ListAsync(
            $"select {StatisticsColumns} from {_messages} m where m.stream = $1 group by m.stream",
            parameters => parameters.Add(Of(stream.Value)),
            Statistics,
            cancellationToken,
            isLong: true).ConfigureAwait(false);
        return found.Count == 0 ? null : found[0];
    }

    public async ValueTask<IReadOnlyList<StreamStatistics>> StreamsAsync(string category, string? after, int take, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(category);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(take);
        // The names of a category's streams lie between its own with a dash and with the character behind the dash: a range of an index.
        return await database.ListAsync(
            $"select {StatisticsColumns} from {_messages} m where m.stream > $1 and m.stream < $2 and m.category = $3 group by m.stream order by m.stream limit $4",
            parameters =>
            {
                var first = category + "-";
                parameters.Add(Of(after is not null && string.CompareOrdinal(after, first) > 0 ? after : first));
                parameters.Add(Of(category + "."));
                parameters.Add(Of(category));
                parameters.Add(new NpgsqlParameter<int> { TypedValue = take });
            },
            Statistics,
            cancellationToken,
            isLong: true).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<CategoryStatistics>> CategoriesAsync(CancellationToken cancellationToken) => await database.ListAsync(
        $"select m.category, count(distinct m.stream), count(*), max(m.global_position) from {_messages} m group by m.category order by m.category",
        static _ => { },
        static reader => new CategoryStatistics(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)),
        cancellationToken,
        isLong: true).ConfigureAwait(false);

    private static StreamStatistics Statistics(NpgsqlDataReader reader) => new(
        StreamName.Parse(reader.GetString(0)),
        reader.GetInt64(1),
        reader.GetInt64(2),
        reader.GetInt64(3),
        new(reader.GetDateTime(4)),
        new(reader.GetDateTime(5)),
        reader.GetBoolean(6));

    private async ValueTask WaitForTurnAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(AdvisoryKey.TakeForAppends(database.Schema), connection) { CommandTimeout = PostgresDatabase.NoTimeout };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Once it is on its way it is seen through: cancelling would leave open whether it happened.</summary>
    private static async ValueTask<long> RunTruncateAsync(NpgsqlBatch batch)
    {
        try
        {
            await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
            await reader.NextResultAsync(CancellationToken.None).ConfigureAwait(false);
            await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            var removed = reader.GetInt64(0);
            await reader.NextResultAsync(CancellationToken.None).ConfigureAwait(false);
            return removed;
        }
        catch (Exception error) when (PostgresFaults.IsFault(error) && !PostgresFaults.IsAnswer(error))
        {
            throw new CommitOutcomeUnknownException(PostgresFaults.Store, null, error);
        }
    }

    private static NpgsqlParameter<string> Of(string text) => new() { TypedValue = text, NpgsqlDbType = NpgsqlDbType.Text };

    private IEnumerable<NpgsqlBatchCommand> TruncateCommands(StreamName stream, long position, NewMessage baseline)
    {
        yield return At($"""
            select case when not exists (select from {_messages} m where m.stream = $1 and m.position = $2)
                        then {database.Schema}.refuse('truncate', 0, 0, coalesce((select max(m.position) from {_messages} m where m.stream = $1), {ExpectedVersion.NoStream}), '') end
            """);
        // A writer that lost its connection may still look for what it wrote.
        yield return At($"insert into {database.Schema}.batches (id, head) select m.id, m.global_position - 1 from {_messages} m where m.stream = $1 and m.position <= $2 on conflict (id) do nothing");
        yield return At($"with gone as (delete from {_messages} m where m.stream = $1 and m.position < $2 returning 1) select count(*) from gone");
        var replace = At($"""
            update {_messages} set id = $3, type = $4, kind = $5, time = $6, checksum = $7, causation_id = $8, correlation_id = $9, cause_stream = $10,
                origin_stream = $11, root_stream = $12, trace_parent = $13, extra = $14, body = $15 where stream = $1 and position = $2
            """);
        MessageParameters.Add(replace.Parameters, baseline);
        yield return replace;
        yield return new("commit");

        NpgsqlBatchCommand At(string sql) => new(sql) { Parameters = { Of(stream.Value), new NpgsqlParameter<long> { TypedValue = position } } };
    }
}
