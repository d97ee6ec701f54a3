using Protean.Storage.InMemory;

namespace Protean.Storage;

/// <summary>
/// Keeps everything in the memory of the process: for tests and for trying things out. It takes commits one at a time, and completes
/// every call synchronously, except for <see cref="WaitForAppendAsync"/>.
/// </summary>
public sealed partial class InMemoryEventStore : IEventStore
{
    private readonly Lock _gate = new();
    private readonly MessageLog _log = new();
    private readonly DocumentTable _documents = new();
    private readonly FailureTable _failures = new();
    private readonly CheckpointTable _checkpoints;
    private readonly KeyTable _keys;
    private readonly AppendSignal _signal = new(typeof(InMemoryEventStore));
    private volatile bool _disposed;

    /// <summary>Makes an empty store.</summary>
    /// <param name="time">The store's clock, which heartbeats and the age of commit ids go by; by default the system's.</param>
    public InMemoryEventStore(TimeProvider? time = null)
    {
        _checkpoints = new(time ?? TimeProvider.System);
        _keys = new(time ?? TimeProvider.System);
    }

    /// <inheritdoc/>
    public string Name => "in-memory";

    /// <inheritdoc/>
    public ValueTask InitializeAsync(StoreDefinition definition, CancellationToken cancellationToken = default)
    {
        var done = Run(static (store, definition) => store.Initialize(definition), definition, cancellationToken);
        return done.IsCompletedSuccessfully ? ValueTask.CompletedTask : new(done.AsTask());
    }

    /// <inheritdoc/>
    public ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken = default) =>
        Run(static (store, commit) => store.Take(commit), commit, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<long> WaitForAppendAsync(long after, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        return await _signal.WaitAsync(after, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _disposed = true;
        _signal.Close();
        return ValueTask.CompletedTask;
    }

    private bool Initialize(StoreDefinition definition)
    {
        DefinitionValidation.Check(definition);
        lock (_gate)
            _documents.Define(definition);
        return true;
    }

    private CommitResult Take(Commit commit)
    {
        CommitValidation.Check(commit);
        if (commit.UserWork.Count > 0)
            throw new NotSupportedException("The in-memory store has no SQL, so it cannot take a commit with work of the user's own.");
        CommitResult result;
        lock (_gate)
        {
            if (commit.Id is { } known && _keys.TryGetResult(known, out result))
                return result;
            result = Write(commit);
            if (commit.Id is { } id)
                _keys.Remember(id, result);
        }

        _signal.Advance(result.Head);
        return result;
    }

    /// <summary>Everything is checked before the first change, so that nothing has to be taken back.</summary>
    private CommitResult Write(Commit commit)
    {
        _log.Check(commit.Appends);
        var documents = _documents.Plan(commit.Generations, commit.Documents);
        _checkpoints.Check(commit.Leases, commit.Checkpoints);
        _failures.Check(commit.FailurePurges, commit.Failures);
        _keys.Check(commit);

        var before = _log.Head;
        var positions = _log.Append(commit.Appends);
        documents?.Apply();
        _checkpoints.Apply(commit.Leases, commit.Checkpoints);
        _failures.Apply(commit.FailurePurges, commit.Failures);
        _keys.Apply(commit);
        return new(before, positions.Count == 0 ? 0 : before + 1, _log.Head, positions);
    }

    /// <summary>Turns what a call does into a task, so that its errors reach whoever awaits it. The lambda is static: nothing is allocated.</summary>
    private ValueTask<TResult> Run<TArgument, TResult>(
        Func<InMemoryEventStore, TArgument, TResult> call, TArgument argument, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<TResult>(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return new(call(this, argument));
        }
        catch (Exception error)
        {
            return ValueTask.FromException<TResult>(error);
        }
    }
}
