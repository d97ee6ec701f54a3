using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;
using SQLitePCL;

namespace Protean.EventStore.Sqlite.Log;

/// <summary>Appends to the log, and changes it. Every member but <see cref="Head"/> is called in a transaction that holds the lock for writing.</summary>
internal static class MessageLog
{
    private const string HeadSql = "SELECT max(global_position) FROM protean_messages";
    private const string LastOfStream = "SELECT position, archived FROM protean_messages WHERE stream = ? ORDER BY position DESC LIMIT 1";
    private const string MessageAt = "SELECT global_position, archived FROM protean_messages WHERE stream = ? AND position = ?";
    private const string ById = "SELECT 1 FROM protean_messages WHERE id = ?";

    /// <summary>The last position of all. Truncation keeps the last message of a stream, so no position is ever given out twice.</summary>
    public static long Head(Database database) => database.Use(HeadSql).Scalar() ?? 0;

    /// <summary>The position of a stream's last message, and whether the stream is closed.</summary>
    public static (long Version, bool IsArchived) Stream(Database database, StreamName stream)
    {
        using var row = database.Use(LastOfStream).With(stream.Value);
        return row.Step() ? (row.Number(0), row.Number(1) != 0) : (ExpectedVersion.NoStream, false);
    }

    /// <returns>The first position of each append in its stream.</returns>
    public static IReadOnlyList<long> Append(Database database, IReadOnlyList<StreamAppend> appends, long head)
    {
        if (appends.Count == 0)
            return [];
        var positions = new long[appends.Count];
        for (var i = 0; i < positions.Length; i++)
        {
            var (stream, expectedVersion, messages) = appends[i];
            var version = CheckedVersion(database, stream, expectedVersion);
            var partitionHash = StreamName.StableHash(stream.Value);
            positions[i] = version + 1;
            for (var m = 0; m < messages.Count; m++)
                Insert(database, stream, messages[m], ++head, ++version, partitionHash);
        }

        return positions;
    }

    /// <returns>How many messages were removed, the replaced one not counted.</returns>
    public static long Truncate(Database database, StreamName stream, long position, in NewMessage baseline)
    {
        long globalPosition;
        bool isArchived;
        using (var row = database.Use(MessageAt).With(stream.Value).With(position))
        {
            if (!row.Step())
                throw Conflict.Of(stream, position, Stream(database, stream).Version);
            (globalPosition, isArchived) = (row.Number(0), row.Number(1) != 0);
        }

        if (IsTaken(database, baseline.Id))
            throw new DuplicateMessageException(baseline.Id);
        var removed = database.Use("DELETE FROM protean_messages WHERE stream = ? AND position < ?").With(stream.Value).With(position).Run();
        database.Use("DELETE FROM protean_messages WHERE global_position = ?").With(globalPosition).Run();
        MessageRow.Write(database, stream, baseline, globalPosition, position, StreamName.StableHash(stream.Value), isArchived);
        return removed;
    }

    public static void Archive(Database database, StreamName stream) =>
        database.Use("UPDATE protean_messages SET archived = 1 WHERE stream = ?").With(stream.Value).Run();

    private static long CheckedVersion(Database database, StreamName stream, long expectedVersion)
    {
        var (version, isArchived) = Stream(database, stream);
        if (isArchived)
            throw new StreamArchivedException(stream);
        if (expectedVersion != ExpectedVersion.Any && expectedVersion != version)
            throw Conflict.Of(stream, expectedVersion, version);
        return version;
    }

    private static void Insert(Database database, StreamName stream, in NewMessage message, long globalPosition, long position, int partitionHash)
    {
        try
        {
            MessageRow.Write(database, stream, message, globalPosition, position, partitionHash);
        }
        catch (SqliteFailure failure) when (failure.Code == raw.SQLITE_CONSTRAINT && IsTaken(database, message.Id))
        {
            throw new DuplicateMessageException(message.Id);
        }
    }

    private static bool IsTaken(Database database, Guid id) => database.Use(ById).With(id).Scalar() is not null;
}
