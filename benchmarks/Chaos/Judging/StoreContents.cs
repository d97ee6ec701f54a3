using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Judging;

/// <summary>What stands in a store at the end.</summary>
internal sealed record StoreContents
{
    /// <summary>The whole log, in order.</summary>
    public IReadOnlyList<MessageRow> Messages { get; init; } = [];

    public IReadOnlyList<DocumentRow> Documents { get; init; } = [];

    public IReadOnlyList<CheckpointRow> Checkpoints { get; init; } = [];

    /// <summary>The idempotency keys that are taken, each with the tag of the attempt that has claimed it.</summary>
    public IReadOnlyDictionary<string, string> Keys { get; init; } = new Dictionary<string, string>();

    /// <summary>The rows that users' SQL has added: the tags of their attempts.</summary>
    public IReadOnlyList<string> Rows { get; init; } = [];

    /// <summary>What the store has found in itself.</summary>
    public IReadOnlyList<StoreFinding> Findings { get; init; } = [];
}

internal readonly record struct MessageRow(Guid Id, string Stream, long Position, long GlobalPosition);

/// <param name="Key">The document.</param>
/// <param name="Version">The version that it stands at.</param>
/// <param name="Writers">The tags of the attempts that have written it, version by version, as its body lists them.</param>
internal sealed record DocumentRow(string Key, long Version, IReadOnlyList<string> Writers);

/// <param name="Name">The checkpoint.</param>
/// <param name="Position">Where it stands.</param>
/// <param name="Movers">The tags of the attempts that have moved it, step by step, as its data lists them.</param>
internal sealed record CheckpointRow(string Name, long Position, IReadOnlyList<string> Movers);
