using System.Text.Json;
using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Progress;

/// <summary>The commits that were given an id, and what became of them.</summary>
internal static class CommitTable
{
    private const string One = "SELECT head_before, first_position, head, stream_positions FROM protean_commits WHERE id = ?";
    private const string Save =
        "INSERT INTO protean_commits (id, head_before, first_position, head, stream_positions, committed_at) VALUES (?, ?, ?, ?, ?, ?)";

    public static CommitResult? Find(Database database, Guid id)
    {
        using var row = database.Use(One).With(id);
        return row.Step()
            ? new(row.Number(0), row.Number(1), row.Number(2), JsonSerializer.Deserialize<long[]>(row.Bytes(3))!, AlreadyCommitted: true)
            : null;
    }

    public static void Remember(Database database, Guid id, in CommitResult result, DateTimeOffset now) =>
        database.Use(Save)
            .With(id).With(result.HeadBefore).With(result.FirstPosition).With(result.Head)
            .With(JsonSerializer.Serialize(result.StreamPositions)).With(Microseconds.Of(now))
            .Run();

    public static long Purge(Database database, DateTimeOffset before) =>
        database.Use("DELETE FROM protean_commits WHERE committed_at < ?").With(Microseconds.Of(before)).Run();
}
