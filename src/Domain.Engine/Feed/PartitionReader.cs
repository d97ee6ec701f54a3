using Protean.Storage;

namespace Protean.Engine;

/// <summary>Reads what a partition wants, from the window of the tail or, further behind, page by page from the store.</summary>
internal sealed class PartitionReader(EngineContext engine, Subscription subscription, PartitionCut cut, int partition, int partitions) : IPartitionFeed
{
    private const int SliceSize = 256;
    private const int PageSize = 1000;

    private readonly List<StoredMessage> _slice = [];
    private (long After, Task<LogPage> Page)? _ahead;

    public bool IsBrokerAway => false;

    public ValueTask<(IReadOnlyList<StoredMessage> Messages, long To)> NextAsync(long after, long upTo, CancellationToken cancellationToken)
    {
        _slice.Clear();
        if (engine.Tail.TryRead(after, SliceSize, _slice) is not { } to)
            return PageAsync(after, upTo, cancellationToken);
        _ahead = null;
        _slice.RemoveAll(message => message.GlobalPosition > upTo || !Wants(message));
        return new((_slice, Math.Min(to, upTo)));
    }

    public FeedWait? Enlist(long after) => engine.Tail.Enlist(after, Wants, subscription.Categories) is { } wait ? new AtTheEnd(engine.Tail, wait) : null;

    public ValueTask HandledAsync(long committed) => default;

    public ValueTask DisposeAsync() => default;

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

    /// <summary>Waits at the end of the log.</summary>
    private sealed class AtTheEnd(Tail tail, TailWait wait) : FeedWait
    {
        public override Task Task => wait.Task;

        public override long Position => tail.PositionOf(wait);

        public override long Leave() => tail.Leave(wait);
    }
}
