namespace Protean;

/// <summary>What all parts of one bus share.</summary>
internal sealed class BusContext : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    public BusContext(DomainLog log, TimeProvider time)
    {
        Log = log;
        Time = time;
        Stopping = _stopping.Token;
    }

    public DomainLog Log { get; }

    public TimeProvider Time { get; }

    public BusLoad Load { get; } = new();

    /// <summary>Cancelled when the stop waits no longer.</summary>
    public CancellationToken Stopping { get; }

    public Task GiveUpAsync() => _stopping.CancelAsync();

    public void Dispose() => _stopping.Dispose();
}
