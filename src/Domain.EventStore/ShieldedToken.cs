namespace Protean.EventStore;

/// <summary>
/// A token for the driver, cancelled with another one. When a connection is lost at that moment, the driver's cancellation of a statement can throw, in the
/// call of whoever cancels: a store that closes, a host that stops, a timer, which would end the process. Here it gets no further.
/// </summary>
internal sealed class ShieldedToken : IDisposable
{
    private readonly CancellationTokenSource? _own;
    private readonly CancellationTokenRegistration _registration;

    public ShieldedToken(CancellationToken outer)
    {
        if (!outer.CanBeCanceled)
            return;
        _own = new();
        _registration = outer.UnsafeRegister(static own => Cancel((CancellationTokenSource)own!), _own);
    }

    public CancellationToken Token => _own?.Token ?? CancellationToken.None;

    public void Dispose()
    {
        _registration.Dispose();
        _own?.Dispose();
    }

    private static void Cancel(CancellationTokenSource own)
    {
        try
        {
            own.Cancel();
        }
        catch (AggregateException)
        {
            // It is cancelled: only the driver could not tell a server that is gone.
        }
    }
}
