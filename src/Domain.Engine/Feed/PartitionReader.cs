using Protean.Storage;

namespace Protean.Engine;

/// <summary>Reads what a partition wants, from the window of the tail or, further behind, page by page from the store.</summary>
internal sealed class PartitionReader(EngineContext engine, Subscription subscription, PartitionCut cut, int partition, int partitions)
{
    private const int SliceSize = 256;
    private const int PageSize = 1000;

    private readonly List<StoredMessage> _slice = [];
    private (long After, Task<LogPage> Page)? _ahead;

    /// <summary>Reads on. Without messages and without progress the end of the log is reached.</summary>
    /// <returns>What is wanted, and how far the log was looked at.</returns>
    public ValueTask<(IReadOnlyList<StoredMessage> Messages, long To)> NextAsync(long after, long upTo, CancellationToken cancellationToken)
    {
        _slice.Clear();
        if (engine.Tail.TryRead(after, SliceSize, _slice) is not { } to)
            return PageAsync(after, upTo, cancellationToken);
        _ahead = null;
        _slice.RemoveAll(message => message.GlobalPosition > upTo || !Wants(message));
        return new((_slice, Math.Min(to, upTo)));
    }

    /// <summary>Begins to wait for something wanted at the end of the log.</summary>
    /// <returns>What to wait for; nothing if there is more to read already.</returns>
    public TailWait? Enlist(long after) => engine.Tail.Enlist(after, Wants, subscription.Categories);

    private bool Wants(StoredMessage message) => subscription.Wants(message) && (cut.PartitionOf(message, partitions) ?? partition) == partition;

    private async ValueTask<(IReadOnlyList<StoredMessage> Messages, long To)> PageAsync(long after, long upTo, CancellationToken cancellationToken)
    {
        var ahead = _ahead;
        _ahead = null;
        var page = await (ahead is { } read && read.After == after ? read.Page : ReadAsync(after, cancellationToken)).ConfigureAwait(false);
        if (page.Messages.Count == PageSize)
            _ahead = (page.ScannedTo, ReadAsync(page.ScannedTo, cancellationToken));
        return page.ScannedTo <= upTo
            ? (page.Messages, page.ScannedTo)
            : ([.. page.Messages.TakeWhile(m => m.GlobalPosition <= upTo)], upTo);
    }

    private Task<LogPage> ReadAsync(long after, CancellationToken cancellationToken) =>
        engine.Store.ReadLogAsync(subscription.Read(after, PageSize, partition, partitions, cut.Description), cancellationToken).AsTask();
}
