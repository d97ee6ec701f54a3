namespace Protean.EventStore.Sqlite.Connections;

/// <summary>
/// Waits for a lock that another process holds, trying again every few milliseconds. SQLite's own waiting is of no use here: the bundled build
/// sleeps whole seconds, and a writer that comes back seldom could starve beside one that commits without a pause.
/// </summary>
internal sealed class BusyWait(TimeSpan limit)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);

    // The lock is real, so the time is too, whatever clock the store was given.
    private readonly TimeProvider _systemTime = TimeProvider.System;
    private long? _began;

    /// <returns>Whether it is to be tried again; not so when the limit has passed.</returns>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        _began ??= _systemTime.GetTimestamp();
        if (_systemTime.GetElapsedTime(_began.Value) >= limit)
            return false;
        await Task.Delay(Step, _systemTime, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
