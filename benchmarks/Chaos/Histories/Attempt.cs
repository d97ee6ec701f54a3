namespace Protean.Benchmarks.Chaos.Histories;

/// <summary>What a worker is about to commit. Everything in it carries the attempt's tag, so that each part can be looked for by itself.</summary>
internal sealed record Attempt
{
    /// <summary>What sets it apart from all others, such as <c>3.17</c>.</summary>
    public required string Tag { get; init; }

    public IReadOnlyList<AppendPart> Appends { get; init; } = [];

    public IReadOnlyList<DocumentPart> Documents { get; init; } = [];

    public CheckpointPart? Checkpoint { get; init; }

    /// <summary>The idempotency key that it claims.</summary>
    public string? Key { get; init; }

    /// <summary>Whether it adds a row to a table of the user's own.</summary>
    public bool HasRow { get; init; }
}

/// <param name="Stream">The stream.</param>
/// <param name="ExpectedVersion">What the append expects of it, as in <see cref="Storage.ExpectedVersion"/>.</param>
/// <param name="Messages">The ids of its messages.</param>
internal sealed record AppendPart(string Stream, long ExpectedVersion, IReadOnlyList<Guid> Messages);

/// <param name="Key">The document.</param>
/// <param name="Version">The version that it gets; it is expected to be at the one before.</param>
internal sealed record DocumentPart(string Key, long Version);

/// <param name="Name">The checkpoint.</param>
/// <param name="Position">Where it goes; it is expected to stand one before.</param>
internal sealed record CheckpointPart(string Name, long Position);
