using Protean.Engine;
using Protean.Storage;

namespace Protean.Tests.Stores;

/// <summary>A store of one process whose way to the data can be lost, in whole or in part.</summary>
internal sealed class GuardedStore(IEventStore store) : ReadThroughStore(store), IEventStore
{
    private volatile bool _isAway;
    private volatile bool _isMute;
    private int _heartbeats;

    /// <summary>Whether nothing gets through any more.</summary>
    public bool IsAway
    {
        get => _isAway;
        set => _isAway = value;
    }

    /// <summary>Whether the process cannot say that it is alive; all else gets through.</summary>
    public bool IsMute
    {
        get => _isMute;
        set => _isMute = value;
    }

    /// <summary>How often the process has said that it is alive.</summary>
    public int Heartbeats => Volatile.Read(ref _heartbeats);

    /// <summary>Called before a commit; what it throws keeps the commit from the store.</summary>
    public Action<Commit> Before { get; set; } = static _ => { };

    /// <summary>Called after a commit was taken; what it throws keeps the answer from whoever has committed.</summary>
    public Action<Commit> After { get; set; } = static _ => { };

    async ValueTask<CommitResult> IEventStore.CommitAsync(Commit commit, CancellationToken cancellationToken)
    {
        Before(commit);
        var result = await Here().CommitAsync(commit, cancellationToken);
        After(commit);
        return result;
    }

    ValueTask<LogPage> IEventStore.ReadLogAsync(LogRead read, CancellationToken cancellationToken) => Here().ReadLogAsync(read, cancellationToken);

    ValueTask<long> IEventStore.GetHeadAsync(CancellationToken cancellationToken) => Here().GetHeadAsync(cancellationToken);

    ValueTask<IReadOnlyList<Checkpoint>> IEventStore.ListCheckpointsAsync(string? name, CancellationToken cancellationToken) => Here().ListCheckpointsAsync(name, cancellationToken);

    ValueTask<IReadOnlyList<FailureRecord>> IEventStore.QueryFailuresAsync(FailureQuery query, CancellationToken cancellationToken) => Here().QueryFailuresAsync(query, cancellationToken);

    async ValueTask<IReadOnlyList<NodeStatus>> IEventStore.HeartbeatAsync(Heartbeat heartbeat, CancellationToken cancellationToken)
    {
        var nodes = await (_isMute ? throw Lost() : Here()).HeartbeatAsync(heartbeat, cancellationToken);
        Interlocked.Increment(ref _heartbeats);
        return nodes;
    }

    ValueTask IAsyncDisposable.DisposeAsync() => Store.DisposeAsync();

    public static StoreUnavailableException Lost() => new("test", "it is away");

    private IEventStore Here() => _isAway ? throw Lost() : Store;
}
