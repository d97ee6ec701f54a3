using Protean.Storage;

namespace Protean.Engine;

/// <summary>The effects of one message, method by method, before they join what the partition has gathered.</summary>
internal sealed class Staging(Domain domain, PartitionCommits commits, string handler)
{
    private readonly List<string> _done = [];
    private readonly HashSet<(string Method, long Position)> _marked = [];
    private PendingStore? _store;
    private long _globalPosition;
    private Gathered? _effects;

    /// <summary>Begins with a message.</summary>
    public void Begin(long globalPosition)
    {
        _globalPosition = globalPosition;
        _done.Clear();
        _effects = null;
    }

    /// <summary>What the message has left; nothing if it has left nothing.</summary>
    public Gathered? Take()
    {
        var effects = _effects;
        _effects = null;
        return effects;
    }

    /// <summary>Takes over what is kept of methods that have handled a message which is not done with.</summary>
    public void Load(IEnumerable<HandledMark> marks)
    {
        _marked.Clear();
        foreach (var mark in marks)
            _marked.Add((mark.Method, mark.GlobalPosition));
    }

    /// <summary>Whether a method has handled the message already, and the store knows.</summary>
    public bool IsDone(string method) => _marked.Count > 0 && _marked.Contains((method, _globalPosition));

    /// <summary>A method has handled the message.</summary>
    public void Done(string method) => _done.Add(method);

    /// <summary>A workspace for one call: what it commits is staged here, and it reads what was staged before.</summary>
    public DeliveryWorkspace Workspace() => new(domain, this, _store ??= new(domain.Store, Layers, SettleAsync));

    public void Stage(FailureWrite failure) => (_effects ??= new()).Add(failure);

    public void Stage(Commit commit) => (_effects ??= new()).TryAdd(commit);

    public void Announce(Guid command) => (_effects ??= new()).Announce(command);

    public async ValueTask StageAsync(CommitDraft draft, Commit commit, CancellationToken cancellationToken)
    {
        var wanted = draft.HasInline ? draft : null;
        if ((_effects ??= new()).TryAdd(commit, wanted))
            return;
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        (_effects = new()).TryAdd(commit, wanted);
    }

    private IReadOnlyList<Gathered> Layers()
    {
        var layers = commits.Pending();
        return _effects is { HasEffects: true } effects ? [effects, .. layers] : layers;
    }

    /// <summary>
    /// Commits what the methods so far have left, although the message is not done with: marks say which of them are not to handle it again.
    /// </summary>
    private async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        if (Take() is { HasEffects: true } staged)
        {
            staged.Marks.AddRange(_done.Select(method => new HandledMark(handler, method, _globalPosition)));
            await commits.AddAsync(staged, null, cancellationToken).ConfigureAwait(false);
            await commits.FlushAsync(cancellationToken).ConfigureAwait(false);
            _marked.UnionWith(_done.Select(method => (method, _globalPosition)));
            _done.Clear();
            return;
        }

        await commits.FlushAsync(cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>Where one call of a handler reads and writes.</summary>
internal sealed class DeliveryWorkspace(Domain domain, Staging staging, PendingStore store) : Workspace(domain, store)
{
    private volatile bool _isSealed;

    /// <summary>Refuses whatever the call still does: it has run out of time.</summary>
    public void Seal() => _isSealed = true;

    public override async ValueTask<IReadOnlyList<Message>> CommitAsync(CommitDraft draft, Commit commit, CancellationToken cancellationToken)
    {
        if (_isSealed)
            throw new InvalidOperationException("The handler has run out of time: what it did later was refused.");
        await staging.StageAsync(draft, commit, cancellationToken).ConfigureAwait(false);
        draft.Stored();
        // Inline handlers follow when the shared commit is taken.
        return [];
    }
}
