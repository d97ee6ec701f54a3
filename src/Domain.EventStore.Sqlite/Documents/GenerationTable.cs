using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;
using Protean.Storage.InMemory;

namespace Protean.EventStore.Sqlite.Documents;

/// <summary>What became of a number that was given to a generation.</summary>
internal enum GenerationState
{
    Building = 0,
    Live = 1,

    /// <summary>It shows no more, but documents of it may be left.</summary>
    Dropped = 2,

    /// <summary>Nothing of it is left; the number stays used.</summary>
    Gone = 3,
}

/// <summary>Which generations the collections have.</summary>
internal static class GenerationTable
{
    /// <summary>How many documents of a dropped generation are removed within one commit; the next ones remove the rest.</summary>
    public const int SweptAtOnce = 500;

    private const string OfCollection = "SELECT generation, state FROM protean_generations WHERE collection = ?";
    private const string Set = "INSERT INTO protean_generations (collection, generation, state) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state";
    private const string FirstDropped = "SELECT c.name, g.generation FROM protean_generations g JOIN protean_collections c ON c.id = g.collection WHERE g.state = 2 LIMIT 1";

    /// <summary>Chooses the rows of a generation that is there: the one that a parameter names, or the live one.</summary>
    public static string Selection(long collection, string? parameter) => parameter is null
        ? $"generation = (SELECT generation FROM protean_generations WHERE collection = {collection} AND state = 1)"
        : $"generation = (SELECT generation FROM protean_generations WHERE collection = {collection} AND generation = {parameter} AND state < 2)";

    public static GenerationNumbers Read(Database database, Collection collection)
    {
        var live = 0L;
        var (building, used) = (new List<long>(), new List<long>());
        using var row = database.Use(OfCollection).With(collection.Id);
        while (row.Step())
        {
            var (generation, state) = (row.Number(0), (GenerationState)row.Number(1));
            used.Add(generation);
            if (state == GenerationState.Live)
                live = generation;
            else if (state == GenerationState.Building)
                building.Add(generation);
        }

        return new(live, [.. building], [.. used]);
    }

    /// <exception cref="GenerationException">The collection is not as the change takes it for.</exception>
    public static void Apply(Database database, Collection collection, in GenerationChange change)
    {
        var before = Read(database, collection);
        before.After(change);
        var state = change.Action switch
        {
            GenerationAction.Begin => GenerationState.Building,
            GenerationAction.Activate => GenerationState.Live,
            _ => GenerationState.Dropped,
        };
        if (state == GenerationState.Live)
            Write(database, collection, before.Live, GenerationState.Dropped);
        Write(database, collection, change.Generation, state);
    }

    /// <summary>Removes some of what dropped generations have left behind.</summary>
    /// <returns>Whether there may be more.</returns>
    public static bool Sweep(Database database, int most = SweptAtOnce)
    {
        string name;
        long generation;
        using (var row = database.Use(FirstDropped))
        {
            if (!row.Step())
                return false;
            (name, generation) = (row.Text(0), row.Number(1));
        }

        var collection = Catalog.Table(database, name);
        var removed = database.Use($"DELETE FROM {collection.Table} WHERE rowid IN (SELECT rowid FROM {collection.Table} WHERE generation = ? LIMIT ?)")
            .With(generation).With(most).Run();
        if (removed < most)
            Write(database, collection, generation, GenerationState.Gone);
        return true;
    }

    /// <summary>Removes all that dropped generations of a collection have left behind.</summary>
    public static void SweepAll(Database database, Collection collection)
    {
        database.Use($"DELETE FROM {collection.Table} WHERE generation IN (SELECT generation FROM protean_generations WHERE collection = ? AND state = 2)").With(collection.Id).Run();
        database.Use("UPDATE protean_generations SET state = 3 WHERE collection = ? AND state = 2").With(collection.Id).Run();
    }

    private static void Write(Database database, Collection collection, long generation, GenerationState state) =>
        database.Use(Set).With(collection.Id).With(generation).With((long)state).Run();
}
