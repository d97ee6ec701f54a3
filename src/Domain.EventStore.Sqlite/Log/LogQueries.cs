using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Log;

/// <summary>Reads of the log, of streams and of single messages.</summary>
internal static class LogQueries
{
    private const int FirstCapacity = 64;
    private const string Columns = MessageRow.Columns;
    private const string ById = $"SELECT {Columns} FROM protean_messages WHERE id = ?";
    private const string ByCorrelation = $"SELECT {Columns} FROM protean_messages WHERE correlation_id = ? AND global_position > ? ORDER BY global_position LIMIT ?";
    private const string FirstSince = "SELECT global_position FROM protean_messages WHERE time >= ? ORDER BY global_position LIMIT 1";

    public static StoredMessage? Find(Database database, Guid id)
    {
        using var row = database.Use(ById).With(id);
        return row.Step() ? MessageRow.Read(row, database.Texts) : null;
    }

    public static LogPage Read(Database database, LogRead read)
    {
        ReadValidation.Check(read);
        using var transaction = database.BeginRead();
        var head = MessageLog.Head(database);
        List<StoredMessage> found = read.After >= Math.Min(head, read.UpTo) ? [] : Messages(LogSql.Prepare(database, read), database, read.MaxCount);
        return Page(found, read.After, read.UpTo, read.MaxCount, head);
    }

    public static LogPage ReadCorrelation(Database database, string correlationId, long after, int maxCount)
    {
        ReadValidation.CheckCorrelation(correlationId, after, maxCount);
        using var transaction = database.BeginRead();
        var head = MessageLog.Head(database);
        var found = Messages(database.Use(ByCorrelation).With(correlationId).With(after).With(maxCount), database, maxCount);
        return Page(found, after, long.MaxValue, maxCount, head);
    }

    public static long FindStart(Database database, DateTimeOffset from)
    {
        // Times do not have to grow with positions: nothing shorter than a scan finds the first.
        using var transaction = database.BeginRead();
        return database.Use(FirstSince).With(Microseconds.Of(from)).Scalar() - 1 ?? MessageLog.Head(database);
    }

    /// <summary>Reads what a statement returns, and ends it.</summary>
    public static List<StoredMessage> Messages(Statement statement, Database database, int maxCount)
    {
        var found = new List<StoredMessage>(Math.Min(maxCount, FirstCapacity));
        using (statement)
        {
            while (statement.Step())
                found.Add(MessageRow.Read(statement, database.Texts));
        }

        return found;
    }

    private static LogPage Page(List<StoredMessage> found, long after, long upTo, int maxCount, long head)
    {
        var scannedTo = found.Count == maxCount ? found[^1].GlobalPosition : Math.Max(after, Math.Min(upTo, head));
        return new(found, scannedTo, head);
    }
}
