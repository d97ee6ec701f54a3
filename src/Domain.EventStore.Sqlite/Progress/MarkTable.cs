using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Progress;

/// <summary>Marks of what handlers have handled out of turn.</summary>
internal static class MarkTable
{
    private const string Floor = "SELECT global_position FROM protean_mark_floors WHERE handler = ?";
    private const string Add = "INSERT INTO protean_marks (handler, global_position, method) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
    private const string Listed =
        "SELECT method, global_position FROM protean_marks WHERE handler = ? AND global_position > ? AND global_position <= ? ORDER BY global_position, method";

    private const string Raise =
        "INSERT INTO protean_mark_floors (handler, global_position) VALUES (?, ?) "
        + "ON CONFLICT DO UPDATE SET global_position = max(global_position, excluded.global_position)";

    public static void Mark(Database database, HandledMark mark)
    {
        var isBelow = database.Use(Floor).With(mark.Handler).Scalar() >= mark.GlobalPosition;
        if (isBelow || database.Use(Add).With(mark.Handler).With(mark.GlobalPosition).With(mark.Method).Run() == 0)
            throw Conflict.Of(mark);
    }

    public static IReadOnlyList<HandledMark> List(Database database, string handler, long after, long upTo)
    {
        ReadValidation.CheckHandler(handler);
        var found = new List<HandledMark>();
        using var row = database.Use(Listed).With(handler).With(after).With(upTo);
        while (row.Step())
            found.Add(new(handler, row.Text(0), row.Number(1)));
        return found;
    }

    public static void Purge(Database database, MarkPurge purge) =>
        database.Use("DELETE FROM protean_marks WHERE handler = ? AND global_position > ? AND global_position <= ?").With(purge.Handler).With(purge.After).With(purge.UpTo).Run();

    public static void Purge(Database database, string handler, long upTo)
    {
        database.Use("DELETE FROM protean_marks WHERE handler = ? AND global_position <= ?").With(handler).With(upTo).Run();
        database.Use(Raise).With(handler).With(upTo).Run();
    }
}
