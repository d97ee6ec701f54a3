using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Protean.Storage;

namespace Protean.EventStore.Reading;

/// <summary>Reads the log. Everything is filtered in the database, and the head is of the same moment as the page.</summary>
internal sealed class LogReading(PostgresDatabase database)
{
    private const int HeadColumn = MessageRow.Count;
    private readonly string _messages = database.Schema + ".messages";

    public ValueTask<LogPage> ReadAsync(LogRead read, CancellationToken cancellationToken)
    {
        ReadValidation.Check(read);
        var filter = new LogFilter(read);
        return PageAsync(filter, read.After, read.UpTo, read.MaxCount, cancellationToken);
    }

    public ValueTask<LogPage> ReadCorrelationAsync(string correlationId, long after, int maxCount, CancellationToken cancellationToken)
    {
        ReadValidation.CheckCorrelation(correlationId, after, maxCount);
        return PageAsync(LogFilter.Correlation(correlationId), after, long.MaxValue, maxCount, cancellationToken);
    }

    public async ValueTask<StoredMessage?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        var found = await database.ListAsync(
            $"select {MessageRow.Columns} from {_messages} m where m.id = $1",
            parameters => parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id }),
            static reader => new MessageRow().Read(reader),
            cancellationToken).ConfigureAwait(false);
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>Times need not grow with positions, so the whole log is looked through, its bodies not read.</summary>
    public ValueTask<long> FindStartAsync(DateTimeOffset from, CancellationToken cancellationToken) => database.ScalarAsync<long>(
        $"select coalesce((select m.global_position - 1 from {_messages} m where m.time >= $1 order by m.global_position limit 1), (select max(m.global_position) from {_messages} m), 0)",
        parameters => parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = StoreTime.Of(from).UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz }),
        cancellationToken);

    private async ValueTask<LogPage> PageAsync(LogFilter filter, long after, long upTo, int maxCount, CancellationToken cancellationToken)
    {
        var (messages, head) = await database.QueryAsync(
            Sql(filter, maxCount),
            (filter, after, upTo),
            static (parameters, call) =>
            {
                parameters.Add(new NpgsqlParameter<long> { TypedValue = call.after });
                parameters.Add(new NpgsqlParameter<long> { TypedValue = call.upTo });
                call.filter.Bind(parameters);
            },
            ReadRowsAsync,
            cancellationToken).ConfigureAwait(false);
        var scannedTo = messages.Count == maxCount ? messages[^1].GlobalPosition : Math.Max(after, Math.Min(upTo, head));
        return new(messages, scannedTo, head);
    }

    /// <summary>
    /// The head stands in every row, and in a row of its own when no message passes. The number of rows is written out, so that the database
    /// knows how few are wanted and follows an index; several categories are each read in order and merged, for the same reason. The rows of the
    /// page are in order and joined to one row, so they stay so; asked for the order again, the database would copy and sort them all.
    /// </summary>
    private string Sql(LogFilter filter, int maxCount)
    {
        var from = filter.Categories is { } categories
            ? $"select m.* from unnest({categories}) c (name) cross join lateral ({Page(filter, "c.name", maxCount)}) m order by m.global_position limit {Text(maxCount)}"
            : Page(filter, filter.Category, maxCount);
        return $"""
            select {MessageRow.Columns}, h.head
            from (select coalesce(max(global_position), 0) as head from {_messages}) h
            left join lateral ({from}) m on true
            """;
    }

    /// <summary>A category is a range of its own index, and written as one: asked for as a value, it can be looked for along the whole log.</summary>
    private string Page(LogFilter filter, string? category, int maxCount) => category is null
        ? $"select * from {_messages} m where m.global_position > $1 and m.global_position <= $2{filter.Sql} order by m.global_position limit {Text(maxCount)}"
        : $"select * from {_messages} m where (m.category, m.global_position) > ({category}, $1) and (m.category, m.global_position) <= ({category}, $2){filter.Sql} order by m.category, m.global_position limit {Text(maxCount)}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static async ValueTask<(List<StoredMessage> Messages, long Head)> ReadRowsAsync<TCall>(NpgsqlDataReader reader, TCall call, CancellationToken cancellationToken)
    {
        var row = new MessageRow();
        var messages = new List<StoredMessage>();
        var head = 0L;
        var isInOrder = true;
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            // The same in every row.
            if (messages.Count == 0)
                head = reader.GetInt64(HeadColumn);
            if (reader.IsDBNull(0))
                continue;
            var message = row.Read(reader);
            isInOrder &= messages.Count == 0 || messages[^1].GlobalPosition < message.GlobalPosition;
            messages.Add(message);
        }

        // A join promises no order, and what reads the log relies on it.
        if (!isInOrder)
            messages.Sort(static (a, b) => a.GlobalPosition.CompareTo(b.GlobalPosition));
        return (messages, head);
    }
}
