namespace Protean.Storage.Batching;

/// <summary>How commits are gathered into batches.</summary>
internal sealed record BatchRules
{
    /// <summary>The most commits of a batch.</summary>
    public int MaxCommits { get; init; } = 1_000;

    /// <summary>The most bytes of a batch. A commit that is larger goes alone.</summary>
    public long MaxBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How many commits can wait; further callers wait for room.</summary>
    public int Capacity { get; init; } = 10_000;

    /// <summary>How many commits have to wait, at least, before a second batch goes out while another is being written.</summary>
    public int Overlap { get; init; } = 100;

    /// <summary>Whether commits that write the same row may stand in one batch, since the writer takes them one after the other.</summary>
    public bool SharesRows { get; init; }
}
