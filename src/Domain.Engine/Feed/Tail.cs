using Protean.Storage;

namespace Protean.Engine;

/// <summary>
/// Follows the end of the log for all subscriptions of this node: each new message is read once, and the node's own commits not at all, since they
/// are handed over as they are committed. The newest messages are kept in a window; who is further behind reads pages of the store.
/// </summary>
internal sealed class Tail : ICommitObserver
{
    private const int MostStashed = 1024;
    private const int PageSize = 500;

    private readonly IEventStore _store;
    private readonly IReadOnlyList<string>? _categories;
    private readonly HashSet<string>? _wanted;
    private readonly TailWindow _window;
    private readonly Pulse _moved;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HashSet<TailWait>> _waiting = [];
    private readonly SortedDictionary<long, (Commit Commit, CommitResult Result)> _stashed = [];
    private readonly OwnCommits _own = new();

    /// <param name="store">The store.</param>
    /// <param name="categories">What subscriptions want; none is everything.</param>
    /// <param name="head">Where the log ends now.</param>
    /// <param name="moved">Sent when more of the log was seen.</param>
    public Tail(IEventStore store, IReadOnlyList<string>? categories, long head, Pulse moved)
    {
        _moved = moved;
        _store = store;
        _categories = categories;
        _wanted = categories is null ? null : [.. categories];
        _window = new(head);
    }

    /// <summary>Every wanted message up to here has been seen.</summary>
    public long To
    {
        get
        {
            lock (_gate)
                return _window.To;
        }
    }

    /// <summary>Follows the log until it is cancelled.</summary>
    public async Task RunAsync(Backoff backoff, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var head = await _store.WaitForAppendAsync(To, cancellationToken).ConfigureAwait(false);
                // What this node commits now is handed over in a moment: reading it would be a second time.
                await OwnCommitsUnderway().WaitAsync(cancellationToken).ConfigureAwait(false);
                if (To < head)
                    await ReadAsync(cancellationToken).ConfigureAwait(false);
                backoff.Reset();
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                await backoff.WaitAsync(error, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Copies what the window holds after a position.</summary>
    /// <returns>How far the copy goes; nothing if the window begins later.</returns>
    public long? TryRead(long after, int maxCount, List<StoredMessage> into)
    {
        lock (_gate)
            return _window.TryCopy(after, maxCount, into);
    }

    /// <summary>Whether a message stands at a position of the log.</summary>
    /// <returns>Nothing if the position lies before what is kept, or beyond what was seen.</returns>
    public bool? Holds(long position, Guid id)
    {
        lock (_gate)
            return _window.Holds(position, id);
    }

    /// <summary>After which position the part of the log begins that is kept.</summary>
    public long From
    {
        get
        {
            lock (_gate)
                return _window.From;
        }
    }

    /// <summary>Begins to wait, at the end of the log, for a message that somebody wants.</summary>
    /// <param name="after">How far the log was looked at.</param>
    /// <param name="wants">Which messages are worth waking for.</param>
    /// <param name="categories">The only categories that can hold such messages; none is all.</param>
    /// <returns>What to wait for, and to leave again; nothing if there is more to read already.</returns>
    public TailWait? Enlist(long after, Func<StoredMessage, bool> wants, IReadOnlyList<string>? categories)
    {
        lock (_gate)
        {
            if (_window.To > after)
                return null;
            var wait = new TailWait(wants, categories ?? [StreamName.All]);
            foreach (var category in wait.Categories)
            {
                if (!_waiting.TryGetValue(category, out var waits))
                    _waiting[category] = waits = [];
                waits.Add(wait);
            }

            return wait;
        }
    }

    /// <summary>The position up to which nothing has come that the one who waits wants.</summary>
    public long PositionOf(TailWait wait)
    {
        lock (_gate)
            return wait.IsWoken ? wait.GoOnAfter : _window.To;
    }

    /// <summary>Ends a wait.</summary>
    /// <returns>The position up to which nothing has come that was wanted.</returns>
    public long Leave(TailWait wait)
    {
        lock (_gate)
        {
            Remove(wait);
            return wait.IsWoken ? wait.GoOnAfter : _window.To;
        }
    }

    void ICommitObserver.Began()
    {
        lock (_gate)
            _own.Begin();
    }

    void ICommitObserver.Ended(Commit commit, CommitResult? result)
    {
        List<TailWait>? woken = null;
        TaskCompletionSource? settled;
        lock (_gate)
        {
            if (result is { AlreadyCommitted: false } taken && commit.Appends.Count > 0 && taken.Head > _window.To)
            {
                if (taken.HeadBefore <= _window.To)
                    woken = TakeOwn(commit, taken);
                else if (_stashed.Count < MostStashed)
                    _stashed[taken.HeadBefore] = (commit, taken);
            }

            settled = _own.End();
        }

        Wake(woken);
        _moved.Send();
        settled?.TrySetResult();
    }

    private static void Wake(List<TailWait>? woken)
    {
        foreach (var wait in woken ?? [])
            wait.TrySetResult();
    }

    private Task OwnCommitsUnderway()
    {
        lock (_gate)
            return _own.Underway();
    }

    private async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        var page = await _store.ReadLogAsync(new() { After = To, MaxCount = PageSize, Categories = _categories }, cancellationToken).ConfigureAwait(false);
        List<TailWait>? woken;
        lock (_gate)
        {
            woken = Take(page.Messages, page.ScannedTo);
            TakeStashed(ref woken);
        }

        Wake(woken);
        _moved.Send();
    }

    private List<TailWait>? TakeOwn(Commit commit, CommitResult result)
    {
        var woken = Take(StoredCommit.Messages(commit, result, _wanted), result.Head);
        TakeStashed(ref woken);
        return woken;
    }

    /// <summary>Takes own commits that had come before those they follow.</summary>
    private void TakeStashed(ref List<TailWait>? woken)
    {
        while (_stashed.Count > 0)
        {
            var (before, (commit, result)) = _stashed.First();
            if (before > _window.To)
                return;
            _stashed.Remove(before);
            if (result.Head > _window.To && Take(StoredCommit.Messages(commit, result, _wanted), result.Head) is { } more)
                (woken ??= []).AddRange(more);
        }
    }

    private List<TailWait>? Take(IReadOnlyList<StoredMessage> messages, long to)
    {
        List<TailWait>? woken = null;
        var before = _window.To;
        foreach (var message in messages)
        {
            if (message.GlobalPosition <= before)
                continue;
            _window.Add(message);
            Offer(message, before, ref woken);
        }

        _window.MoveTo(to);
        return woken;
    }

    private void Offer(StoredMessage message, long before, ref List<TailWait>? woken)
    {
        if (_waiting.Count == 0)
            return;
        Offer(message, before, message.Stream.Category, ref woken);
        Offer(message, before, StreamName.All, ref woken);
    }

    private void Offer(StoredMessage message, long before, string category, ref List<TailWait>? woken)
    {
        if (!_waiting.TryGetValue(category, out var waits) || waits.Count == 0)
            return;
        foreach (var wait in waits)
        {
            if (wait.IsWoken || !wait.Wants(message))
                continue;
            wait.IsWoken = true;
            wait.GoOnAfter = before;
            (woken ??= []).Add(wait);
        }
    }

    private void Remove(TailWait wait)
    {
        foreach (var category in wait.Categories)
        {
            if (_waiting.TryGetValue(category, out var waits) && waits.Remove(wait) && waits.Count == 0)
                _waiting.Remove(category);
        }
    }

    /// <summary>The commits of this node that have no outcome yet.</summary>
    private sealed class OwnCommits
    {
        private long _begun;
        private long _ended;
        private long _awaited;
        private TaskCompletionSource? _settled;

        public void Begin() => _begun++;

        /// <returns>Whom to tell that what was underway has ended.</returns>
        public TaskCompletionSource? End()
        {
            if (++_ended < _awaited)
                return null;
            var settled = _settled;
            _settled = null;
            return settled;
        }

        /// <summary>Completes when as many have ended as are underway now. There may always be some, so that waiting for none could last.</summary>
        public Task Underway()
        {
            if (_begun == _ended)
                return Task.CompletedTask;
            _awaited = _begun;
            return (_settled ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }
}
