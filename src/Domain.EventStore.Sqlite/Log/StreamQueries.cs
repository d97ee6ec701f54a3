using Protean.EventStore.Sqlite.Connections;
using Protean.EventStore.Sqlite.Documents;
using Protean.Storage;
using Protean.Storage.InMemory;

namespace Protean.EventStore.Sqlite.Log;

/// <summary>Reads of one stream, and what streams and categories look like from outside.</summary>
internal static class StreamQueries
{
    private const string Columns = MessageRow.Columns;
    private const string Forwards = $"SELECT {Columns} FROM protean_messages WHERE stream = ? AND position >= ? ORDER BY position LIMIT ?";
    private const string Backwards = $"SELECT {Columns} FROM protean_messages WHERE stream = ? AND position <= ? ORDER BY position DESC LIMIT ?";
    private const string First = "SELECT min(position) FROM protean_messages WHERE stream = ?";

    private const string Statistics = """
        SELECT s.stream, s.category, s.last, s.first, s.count,
            (SELECT time FROM protean_messages m WHERE m.stream = s.stream AND m.position = s.first),
            (SELECT time FROM protean_messages m WHERE m.stream = s.stream AND m.position = s.last),
            (SELECT archived FROM protean_messages m WHERE m.stream = s.stream AND m.position = s.last)
        FROM (
            SELECT stream, ?1 AS category, max(position) AS last, min(position) AS first, count(*) AS count
            FROM protean_messages
            WHERE
        """;

    private const string OfStream = $"{Statistics} stream = ?2 GROUP BY stream) s";
    private const string OfCategory = $"{Statistics} stream > ?2 AND stream < ?3 GROUP BY stream ORDER BY stream LIMIT ?4) s ORDER BY s.stream";

    private const string Categories =
        "SELECT category, count(DISTINCT stream), count(*), max(global_position) FROM protean_messages GROUP BY category ORDER BY category";

    public static StreamPage Read(Database database, in StreamRead read)
    {
        ReadValidation.Check(read);
        using var transaction = database.BeginRead();
        var snapshot = read.Snapshot is { } address ? DocumentQueries.Load(database, address) : null;
        var (version, isArchived) = MessageLog.Stream(database, read.Stream);
        if (version == ExpectedVersion.NoStream)
            return new([], version, IsEnd: true, Snapshot: snapshot);
        var from = Math.Max(read.From, snapshot?.Version ?? 0);
        var statement = database.Use(read.Backwards ? Backwards : Forwards).With(read.Stream.Value).With(from).With(read.MaxCount);
        var messages = LogQueries.Messages(statement, database, read.MaxCount);
        var isEnd = messages.Count < read.MaxCount || messages[^1].Position == LastInOrder(database, read, version);
        return new(messages, version, isEnd, isArchived, snapshot);
    }

    public static StreamStatistics? Describe(Database database, StreamName stream)
    {
        CommitValidation.CheckStream(stream);
        using var row = database.Use(OfStream).With(stream.Category).With(stream.Value);
        return row.Step() ? Statistic(row) : null;
    }

    public static IReadOnlyList<StreamStatistics> List(Database database, string category, string? after, int take)
    {
        ArgumentException.ThrowIfNullOrEmpty(category);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(take);
        var found = new List<StreamStatistics>();
        // A category has no dash, so a text with one is the category of no stream.
        if (category.Contains('-', StringComparison.Ordinal))
            return found;
        var first = category + "-";
        if (CodePointOrder.Compare(after, first) > 0)
            first = after;
        using var row = database.Use(OfCategory).With(category).With(first).With(category + ".").With(take);
        while (row.Step())
            found.Add(Statistic(row));
        return found;
    }

    public static IReadOnlyList<CategoryStatistics> ListCategories(Database database)
    {
        var found = new List<CategoryStatistics>();
        using var row = database.Use(Categories);
        while (row.Step())
            found.Add(new(row.Text(0), row.Number(1), row.Number(2), row.Number(3)));
        return found;
    }

    private static long? LastInOrder(Database database, in StreamRead read, long version) =>
        read.Backwards ? database.Use(First).With(read.Stream.Value).Scalar() : version;

    private static StreamStatistics Statistic(Statement row) => new(
        StreamName.FromStored(row.Text(0), row.Text(1)),
        row.Number(2),
        row.Number(3),
        row.Number(4),
        Microseconds.ToTime(row.Number(5)),
        Microseconds.ToTime(row.Number(6)),
        row.Number(7) != 0);
}
