using Protean.Storage;

namespace Protean.Engine;

/// <summary>
/// What one call of a handler leaves. It counts when the call has returned, and not when it has thrown; from then on, or when the call has run out
/// of time, whatever the call still does is refused.
/// </summary>
internal sealed class CallEffects
{
    private readonly Lock _gate = new();
    private readonly Staging _staging;
    private List<Gathered> _layers = [];
    private Task _settling = Task.CompletedTask;
    private bool _isClosed;

    public CallEffects(Domain domain, Staging staging)
    {
        _staging = staging;
        Workspace = new(domain, new PendingStore(domain.Store, Layers, SettleAsync), this);
    }

    /// <summary>Where the call reads and writes.</summary>
    public DeliveryWorkspace Workspace { get; }

    /// <summary>Adds what a unit of work of the call commits.</summary>
    public void Add(Commit commit, CommitDraft draft)
    {
        lock (_gate)
        {
            ThrowIfClosed();
            var wanted = draft.HasInline || draft.Published.Count > 0 ? draft : null;
            if (_layers.Count > 0 && _layers[^1].TryAdd(commit, wanted))
                return;
            var layer = new Gathered();
            layer.TryAdd(commit, wanted);
            _layers.Add(layer);
        }
    }

    /// <summary>Ends the call, and takes what it has left: what one commit can hold together is together.</summary>
    public IReadOnlyList<Gathered> Take()
    {
        lock (_gate)
        {
            _isClosed = true;
            return TakeLayers();
        }
    }

    /// <summary>Refuses whatever the call still does. When this completes, nothing of it runs here any more.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            return _settling;
        }
    }

    /// <summary>What is on its way to the store and can be seen by the call, the newest first.</summary>
    private IReadOnlyList<Gathered> Layers()
    {
        lock (_gate)
        {
            ThrowIfClosed();
            var staged = _staging.Layers();
            return _layers.Count == 0 ? staged : [.. Enumerable.Reverse(_layers), .. staged];
        }
    }

    private ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ThrowIfClosed();
            var settled = SettleAfterAsync(_settling, TakeLayers(), cancellationToken);
            _settling = settled.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return new(settled);
        }
    }

    private async Task SettleAfterAsync(Task earlier, IReadOnlyList<Gathered> layers, CancellationToken cancellationToken)
    {
        await earlier.ConfigureAwait(false);
        await _staging.AddAsync(layers, cancellationToken).ConfigureAwait(false);
        await _staging.SettleAsync(cancellationToken).ConfigureAwait(false);
    }

    private List<Gathered> TakeLayers()
    {
        var layers = _layers;
        _layers = [];
        return layers;
    }

    private void ThrowIfClosed()
    {
        if (_isClosed)
            throw new InvalidOperationException("The call of the handler is over, or has run out of time: what it did later was refused.");
    }
}

/// <summary>Where one call of a handler reads and writes.</summary>
internal sealed class DeliveryWorkspace(Domain domain, PendingStore store, CallEffects effects) : Workspace(domain, store)
{
    public override ValueTask<IReadOnlyList<Message>> CommitAsync(CommitDraft draft, Commit commit, CancellationToken cancellationToken)
    {
        effects.Add(commit, draft);
        draft.Stored();
        // Inline handlers follow when the shared commit is taken.
        return new([]);
    }

    public override ValueTask PublishAsync(CommitDraft draft)
    {
        // Subscribers of the bus, too. A unit that has nothing to commit waits for the progress of its handler.
        if (draft.IsEmpty)
            effects.Add(new(), draft);
        return ValueTask.CompletedTask;
    }
}
