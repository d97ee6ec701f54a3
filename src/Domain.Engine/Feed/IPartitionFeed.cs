using Protean.Storage;

namespace Protean.Engine;

/// <summary>Where a partition gets its messages from, in their order.</summary>
internal interface IPartitionFeed : IAsyncDisposable
{
    /// <summary>Whether the broker that it reads from is away.</summary>
    bool IsBrokerAway { get; }

    /// <summary>Reads on. Without messages and without progress there is nothing more to read now.</summary>
    /// <returns>What is wanted, and how far the log was looked at.</returns>
    ValueTask<(IReadOnlyList<StoredMessage> Messages, long To)> NextAsync(long after, long upTo, CancellationToken cancellationToken);

    /// <summary>Begins to wait for something to read.</summary>
    /// <returns>What to wait for; nothing if there is more to read already.</returns>
    FeedWait? Enlist(long after);

    /// <summary>Is told that everything up to a position is handled and committed.</summary>
    ValueTask HandledAsync(long committed);
}

/// <summary>A wait for something to read.</summary>
internal abstract class FeedWait
{
    /// <summary>Completes when it is worth looking again.</summary>
    public abstract Task Task { get; }

    /// <summary>The position up to which nothing has come that was wanted.</summary>
    public abstract long Position { get; }

    /// <summary>Ends the wait.</summary>
    /// <returns>The position up to which nothing has come that was wanted.</returns>
    public abstract long Leave();
}
