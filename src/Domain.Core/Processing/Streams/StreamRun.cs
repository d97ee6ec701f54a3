using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Protean;

/// <summary>One enumeration of a request's items: those of its handler, and when that fails, those of its fallback.</summary>
internal sealed class StreamRun<TItem>(Domain domain, IStreamRequest<TItem> request, CancellationToken call, CancellationToken enumeration)
    : CallScope, IAsyncEnumerator<TItem>
{
    private readonly CancellationTokenSource? _linked = call.CanBeCanceled && enumeration.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(call, enumeration) : null;
    private StreamBinding<TItem>? _binding;
    private StreamPass<TItem>? _pass;
    private Activity? _activity;
    private bool _isFallback;
    private bool _isOver;

    public TItem Current => _pass is null ? default! : _pass.Current;

    private CancellationToken Token => _linked?.Token ?? (call.CanBeCanceled ? call : enumeration);

    public async ValueTask<bool> MoveNextAsync()
    {
        if (_isOver)
            return false;
        try
        {
            if (_pass is null)
                await BeginAsync().ConfigureAwait(false);
            var hasItem = await MoveAsync().ConfigureAwait(false);
            if (!hasItem)
                await FinishAsync(null).ConfigureAwait(false);
            return hasItem;
        }
        catch (Exception e)
        {
            await FinishAsync(e).ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask DisposeAsync() => FinishAsync(null);

    private async ValueTask BeginAsync()
    {
        Token.ThrowIfCancellationRequested();
        await domain.EnsureStartedAsync(Token).ConfigureAwait(false);
        if (!domain.Model.Streams.TryGetValue(request.GetType(), out var binding))
            throw new HandlerNotFoundException(request.GetType(), domain.Model.Name);
        _binding = (StreamBinding<TItem>)binding;
        _activity = Telemetry.Start("stream", request.GetType().Name);
    }

    private async ValueTask<bool> MoveAsync()
    {
        try
        {
            if (_pass is null)
                await BeginPassAsync(null).ConfigureAwait(false);
            return await _pass!.MoveAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            return await GoOnAsync(e).ConfigureAwait(false);
        }
    }

    /// <summary>Goes on after the handler has failed: with its fallback, or not at all.</summary>
    private async ValueTask<bool> GoOnAsync(Exception error)
    {
        var failed = _pass;
        try
        {
            _pass = null;
            if (failed is not null && await failed.EndAsync(error).ConfigureAwait(false))
                return false;
        }
        catch (Exception e)
        {
            error = e;
        }

        if (_isFallback || _binding?.Guard is not { } guard || !guard.Falls(error, Token))
            ExceptionDispatchInfo.Throw(error);
        else
            domain.Guards.Fell(guard, error);
        _isFallback = true;
        try
        {
            await BeginPassAsync(error).ConfigureAwait(false);
            return await _pass!.MoveAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            return await GoOnAsync(e).ConfigureAwait(false);
        }
    }

    private ValueTask BeginPassAsync(Exception? error)
    {
        _pass = new(domain, _binding!, request, domain.ScopeOfCall(this), Token);
        return _pass.BeginAsync(error, _activity);
    }

    private async ValueTask FinishAsync(Exception? error)
    {
        if (_isOver)
            return;
        _isOver = true;
        try
        {
            if (_pass is not null)
                await _pass.EndAsync(null).ConfigureAwait(false);
        }
        finally
        {
            await EndAsync().ConfigureAwait(false);
            if (error is not null)
                _activity?.SetStatus(ActivityStatusCode.Error, error.GetType().Name);
            _activity?.Dispose();
            _linked?.Dispose();
        }
    }
}
