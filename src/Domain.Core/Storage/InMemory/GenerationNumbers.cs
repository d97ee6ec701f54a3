using System.Collections.Immutable;

namespace Protean.Storage.InMemory;

/// <summary>Which generations of a collection there are.</summary>
/// <param name="Live">The one that readers see.</param>
/// <param name="Building">Those that are being built.</param>
/// <param name="Used">Every number that was ever given to one.</param>
internal sealed record GenerationNumbers(long Live, ImmutableSortedSet<long> Building, ImmutableHashSet<long> Used)
{
    public static readonly GenerationNumbers First = new(0, [], [0]);

    public bool IsThere(long generation) => generation == Live || Building.Contains(generation);

    public GenerationNumbers After(in GenerationChange change)
    {
        if (change.ExpectedLive != Live)
            throw Refused(change, $"cannot change: generation {Live} is live, and {change.ExpectedLive} was expected");
        return change.Action switch
        {
            GenerationAction.Begin when Used.Contains(change.Generation) => throw Refused(change, "cannot begin: its number was used before"),
            GenerationAction.Begin => new(Live, Building.Add(change.Generation), Used.Add(change.Generation)),
            _ when !Building.Contains(change.Generation) => throw Refused(change, "is not being built"),
            GenerationAction.Activate => this with { Live = change.Generation, Building = Building.Remove(change.Generation) },
            _ => this with { Building = Building.Remove(change.Generation) },
        };
    }

    private static GenerationException Refused(in GenerationChange change, string problem) =>
        new(change.Collection, change.Generation, problem);
}
