namespace Protean.Benchmarks.Chaos.Notifications.Judging;

/// <summary>What became of the notifications of a run.</summary>
internal sealed record Passage
{
    /// <summary>What the sending domain has recorded, in the order of its log.</summary>
    public required IReadOnlyList<Notice> Recorded { get; init; }

    /// <summary>What has come out of the broker, in this order, repetitions included.</summary>
    public required IReadOnlyList<Notice> Arrived { get; init; }

    /// <summary>For each stream the entries that the receiving domain has made, the oldest first.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Effects { get; init; }

    /// <summary>For each stream the entries that the handler has made whom the broker feeds, the oldest first.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Streamed { get; init; }

    /// <summary>How many messages that handler got from the broker, and not from the store. Those that came again count again.</summary>
    public required long Brought { get; init; }

    /// <summary>How often something came out of the broker that had come out before.</summary>
    public int Repeated => Arrived.Count - Arrived.Distinct().Count();
}
