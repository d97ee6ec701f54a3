namespace Protean.Brokers.RabbitMq;

/// <summary>The way to the server for one purpose. A connection that was lost is replaced at the next call.</summary>
internal sealed class Link(Connector connector, string purpose, TimeSpan closeTimeout, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly SemaphoreSlim _connecting = new(1);
    private volatile Session? _session;
    private Task _closing = Task.CompletedTask;
    private volatile bool _isDisposed;

    public ValueTask<Session> OpenAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(RabbitMqBroker));
        return _session is { IsOpen: true } session ? new(session) : ReplaceAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await _connecting.WaitAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(_closing, CloseAsync(_session)).ConfigureAwait(false);
            _session = null;
        }
        finally
        {
            _connecting.Release();
        }
    }

    private async ValueTask<Session> ReplaceAsync(CancellationToken cancellationToken)
    {
        await _connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(RabbitMqBroker));
            if (_session is { IsOpen: true } session)
                return session;
            // The one that was lost can take its time, which nobody has to wait for.
            if (_session is not null)
                _closing = Task.WhenAll(_closing, CloseAsync(_session));
            _session = null;
            var connection = await connector.ConnectAsync(purpose, cancellationToken).ConfigureAwait(false);
            Watch(connection);
            RabbitMqLog.Connected(logger, connector.Address, connector.Address.VirtualHost, purpose);
            return _session = new(connection, time);
        }
        finally
        {
            _connecting.Release();
        }
    }

    private async Task CloseAsync(Session? session)
    {
        if (session is not null && !await session.CloseAsync(closeTimeout).ConfigureAwait(false))
            RabbitMqLog.NotClosed(logger, connector.Address, purpose, closeTimeout);
    }

    private void Watch(IConnection connection)
    {
        connection.ConnectionShutdownAsync += (_, shutdown) =>
        {
            if (shutdown.Initiator != ShutdownInitiator.Application)
                RabbitMqLog.ConnectionLost(logger, connector.Address, purpose, RabbitMqFaults.Explain(shutdown));
            return Task.CompletedTask;
        };
        connection.ConnectionBlockedAsync += (_, blocked) =>
        {
            RabbitMqLog.Blocked(logger, connector.Address, blocked.Reason);
            return Task.CompletedTask;
        };
        connection.ConnectionUnblockedAsync += (_, _) =>
        {
            RabbitMqLog.Unblocked(logger, connector.Address);
            return Task.CompletedTask;
        };
    }
}
