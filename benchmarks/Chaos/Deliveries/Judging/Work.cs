namespace Protean.Benchmarks.Chaos.Deliveries.Judging;

/// <summary>What one method of a handler was to leave behind in one kind of thing, and what it has left.</summary>
internal sealed record Work
{
    /// <summary>What it is, for people.</summary>
    public required string Name { get; init; }

    /// <summary>Whose failures explain what is missing.</summary>
    public required Method Method { get; init; }

    /// <summary>The messages that it was to handle, each once.</summary>
    public required IReadOnlyList<Due> Due { get; init; }

    /// <summary>For each place the entries that are there, the oldest first.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Effects { get; init; }
}

/// <summary>A message that is to be handled once.</summary>
/// <param name="Position">Where it stands in the log.</param>
/// <param name="Entry">What is written down of it.</param>
/// <param name="Place">Where that is written down.</param>
/// <param name="Lane">Within a place, entries of one lane are in the order of the log.</param>
internal sealed record Due(long Position, string Entry, string Place, string Lane = "")
{
    /// <summary>Whether the handler fails on it each time.</summary>
    public bool IsPoison { get; init; }

    /// <summary>Whether the handler has passed over it at first, so that others were handled before.</summary>
    public bool MayBeLate { get; init; }
}

/// <summary>A method of a handler, as failures name it.</summary>
internal sealed record Method(string Handler, string Name);

/// <summary>A delivery that was given up.</summary>
internal sealed record DeadDelivery(Method Method, long Position);
