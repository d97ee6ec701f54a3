using Protean.Engine;
using Protean.Storage;

namespace Protean.Tests.Diagnostics;

/// <summary>A store that can be away.</summary>
internal sealed class FaultyStore(IEventStore store) : ReadThroughStore(store), IEventStore
{
    private volatile bool _isAway;

    public bool IsAway
    {
        get => _isAway;
        set => _isAway = value;
    }

    /// <summary>Told when the store is closed.</summary>
    public Action Closed { get; init; } = () => { };

    ValueTask<CommitResult> IEventStore.CommitAsync(Commit commit, CancellationToken cancellationToken) => Here().CommitAsync(commit, cancellationToken);

    ValueTask<LogPage> IEventStore.ReadLogAsync(LogRead read, CancellationToken cancellationToken) => Here().ReadLogAsync(read, cancellationToken);

    ValueTask<long> IEventStore.GetHeadAsync(CancellationToken cancellationToken) => Here().GetHeadAsync(cancellationToken);

    ValueTask<IReadOnlyList<NodeStatus>> IEventStore.HeartbeatAsync(Heartbeat heartbeat, CancellationToken cancellationToken) => Here().HeartbeatAsync(heartbeat, cancellationToken);

    ValueTask IAsyncDisposable.DisposeAsync()
    {
        Closed();
        return ValueTask.CompletedTask;
    }

    private IEventStore Here() => _isAway ? throw new StoreUnavailableException("test", "it is away") : Store;
}
