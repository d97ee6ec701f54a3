namespace Protean.Benchmarks.Chaos.Deliveries.Books;

/// <summary>What the handlers of the run are called.</summary>
internal static class Handlers
{
    /// <summary>Changes aggregates whose state is stored. What has failed is passed over.</summary>
    public const string Ledgers = "keep-ledgers";

    /// <summary>Changes event-sourced aggregates, and enqueues commands. What has failed is passed over.</summary>
    public const string Journals = "keep-journals";

    /// <summary>The same as the first in four partitions, cut by what is changed. What follows a failure waits behind it.</summary>
    public const string Shelves = "keep-shelves";

    /// <summary>A projection, by target and by source. What follows a failure waits behind it.</summary>
    public const string Tallies = "tallies";

    public static IReadOnlyList<string> All { get; } = [Ledgers, Journals, Shelves, Tallies];

    /// <summary>Those in which what follows a failure waits until it is gone.</summary>
    public static IReadOnlyList<string> Parking { get; } = [Shelves, Tallies];
}
