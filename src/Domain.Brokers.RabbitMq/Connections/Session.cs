using System.Collections.Concurrent;

namespace Protean.Brokers.RabbitMq;

/// <summary>One connection, as long as it lasts, and what was declared on it.</summary>
internal sealed class Session(IConnection connection, TimeProvider time) : IAsyncDisposable
{
    private readonly SemaphoreSlim _declaring = new(1);
    private readonly ConcurrentDictionary<string, bool> _declared = [];
    private volatile bool _isDropped;

    public bool IsOpen => !_isDropped && connection.IsOpen;

    /// <summary>Opens a channel. A connection that does not answer is not asked again.</summary>
    public async ValueTask<IChannel> OpenChannelAsync(CreateChannelOptions? options, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.CreateChannelAsync(options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Drop();
            throw;
        }
    }

    /// <summary>Declares something once.</summary>
    public async ValueTask DeclareAsync<T>(string name, T what, Func<IChannel, T, CancellationToken, ValueTask> declare, CancellationToken cancellationToken)
    {
        if (_declared.ContainsKey(name))
            return;
        await _declaring.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_declared.ContainsKey(name))
                return;
            await using var channel = await OpenChannelAsync(options: null, cancellationToken).ConfigureAwait(false);
            await declare(channel, what, cancellationToken).ConfigureAwait(false);
            _declared[name] = true;
        }
        finally
        {
            _declaring.Release();
        }
    }

    /// <summary>Declares everything anew when it is next asked for: somebody may have removed something.</summary>
    public void Forget() => _declared.Clear();

    /// <summary>Whoever asks next gets another connection.</summary>
    public void Drop() => _isDropped = true;

    /// <summary>Closes the connection, within a time.</summary>
    /// <returns>Whether the server has agreed in that time.</returns>
    public async ValueTask<bool> CloseAsync(TimeSpan limit)
    {
        Drop();
        var closing = CloseNowAsync(limit);
        try
        {
            return await closing.WaitAsync(limit, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public ValueTask DisposeAsync()
    {
        Drop();
        return connection.DisposeAsync();
    }

    private async Task<bool> CloseNowAsync(TimeSpan limit)
    {
        try
        {
            if (connection.IsOpen)
                await connection.CloseAsync(Constants.ReplySuccess, "closed", limit, abort: false).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (RabbitMqFaults.IsFault(error))
        {
            return false;
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }
}
