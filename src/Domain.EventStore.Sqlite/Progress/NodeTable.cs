using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Progress;

/// <summary>Which nodes were heard of.</summary>
internal static class NodeTable
{
    private const string Save =
        "INSERT INTO protean_nodes (node, alive_until, data) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET alive_until = excluded.alive_until, data = excluded.data";

    public static bool IsAlive(Database database, string node, DateTimeOffset now) =>
        database.Use("SELECT alive_until FROM protean_nodes WHERE node = ?").With(node).Scalar() > Microseconds.Of(now);

    public static IReadOnlyList<NodeStatus> Hear(Database database, Heartbeat heartbeat, DateTimeOffset now)
    {
        if (heartbeat.Lifetime == TimeSpan.Zero)
            database.Use("DELETE FROM protean_nodes WHERE node = ?").With(heartbeat.Node).Run();
        else
            database.Use(Save).With(heartbeat.Node).With(Microseconds.Of(Until(now, heartbeat.Lifetime))).With(heartbeat.Data).Run();

        var found = new List<NodeStatus>();
        using var row = database.Use("SELECT node, alive_until, data FROM protean_nodes ORDER BY node");
        while (row.Step())
            found.Add(new(row.Text(0), Microseconds.ToTime(row.Number(1)), row.Number(1) > Microseconds.Of(now), row.OptionalText(2)));
        return found;
    }

    private static DateTimeOffset Until(DateTimeOffset now, TimeSpan lifetime) =>
        lifetime < DateTimeOffset.MaxValue - now ? now + lifetime : DateTimeOffset.MaxValue;
}
