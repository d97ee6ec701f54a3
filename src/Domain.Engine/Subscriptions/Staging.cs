using Protean.Storage;

namespace Protean.Engine;

/// <summary>The effects of one message, method by method, before they join what the partition has gathered.</summary>
internal sealed class Staging(Domain domain, PartitionCommits commits, Subscription subscription)
{
    private readonly List<string> _done = [];
    private readonly HashSet<(string Method, long Position)> _marked = [];
    private long _globalPosition;
    private Gathered? _effects;

    /// <summary>Begins with a message, and forgets what is staged.</summary>
    public void Begin(long globalPosition)
    {
        if (_marked.Count > 0 && globalPosition > _globalPosition)
            _marked.RemoveWhere(mark => mark.Position < globalPosition);
        _globalPosition = globalPosition;
        _done.Clear();
        _effects = null;
    }

    /// <summary>What a message has left that is done with; nothing if it has left nothing. The marks of methods that had handled it before the others go with it.</summary>
    public Gathered? Finish()
    {
        // Those of a safety net still refuse what comes late.
        if (_marked.Count > 0 && !subscription.IsSafetyNet && _marked.Any(mark => mark.Position == _globalPosition))
        {
            foreach (var name in subscription.Names)
                (_effects ??= new()).Add(new MarkPurge(name, _globalPosition - 1, _globalPosition));
        }

        return Take();
    }

    /// <summary>What the message has left so far; nothing if it has left nothing.</summary>
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

    /// <summary>A method has handled the message, which it could also have handled inline, in this program or in one where the handler has another name.</summary>
    public void Mark(string method)
    {
        foreach (var name in subscription.Names)
            (_effects ??= new()).Add(new HandledMark(name, method, _globalPosition));
    }

    /// <summary>What one call is to leave; it reads what was staged before.</summary>
    public CallEffects Call() => new(domain, this);

    public void Stage(FailureWrite failure) => (_effects ??= new()).Add(failure);

    public void Announce(Guid command) => (_effects ??= new()).Announce(command);

    public ValueTask StageAsync(Commit commit, CancellationToken cancellationToken)
    {
        var effects = new Gathered();
        effects.TryAdd(commit);
        return AddAsync([effects], cancellationToken);
    }

    /// <summary>Adds what a call has left.</summary>
    public async ValueTask AddAsync(IReadOnlyList<Gathered> layers, CancellationToken cancellationToken)
    {
        foreach (var layer in layers)
        {
            if (_effects is { } effects && effects.TryAdd(layer))
                continue;
            if (_effects is not null)
                await SettleAsync(cancellationToken).ConfigureAwait(false);
            _effects = layer;
        }
    }

    /// <summary>What is staged and gathered, the newest first.</summary>
    public IReadOnlyList<Gathered> Layers()
    {
        var layers = commits.Pending();
        return _effects is { HasEffects: true } effects ? [effects, .. layers] : layers;
    }

    /// <summary>
    /// Commits what the methods so far have left, although the message is not done with: marks say which of them are not to handle it again.
    /// </summary>
    public async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        if (Take() is { } staged)
        {
            if (staged.HasEffects)
                staged.Marks.AddRange(_done.Select(method => new HandledMark(subscription.Name, method, _globalPosition)).Except(staged.Marks));
            await commits.AddAsync(staged, null, cancellationToken).ConfigureAwait(false);
        }

        await commits.FlushAsync(cancellationToken).ConfigureAwait(false);
        _marked.UnionWith(_done.Select(method => (method, _globalPosition)));
        _done.Clear();
    }
}
