using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>What a partition is to try again between two messages, each record once however often it was found.</summary>
internal sealed class DueRecoveries
{
    private readonly ConcurrentQueue<FailureRecord> _due = new();
    private readonly ConcurrentDictionary<FailureKey, bool> _queued = new();
    private bool _looksAtParked = true;

    public bool IsEmpty => _due.IsEmpty && !Volatile.Read(ref _looksAtParked);

    /// <returns>Whether it was not there yet.</returns>
    public bool Add(FailureRecord due)
    {
        if (!_queued.TryAdd(due.Key, true))
            return false;
        _due.Enqueue(due);
        return true;
    }

    public bool TryTake([NotNullWhen(true)] out FailureRecord? due) => _due.TryDequeue(out due);

    /// <summary>It was tried, and may be found again.</summary>
    public void Done(FailureRecord tried) => _queued.TryRemove(tried.Key, out _);

    public void LookAtParked() => Volatile.Write(ref _looksAtParked, true);

    /// <returns>Whether parked streams are to be looked at; asked once.</returns>
    public bool TakeParked() => Interlocked.Exchange(ref _looksAtParked, false);
}
