using System.Diagnostics;

namespace Protean;

/// <summary>
/// One enumeration of a request's items. What the handler changes before an item is a unit of work: it is committed, and its inline handlers have
/// run, before the caller gets the item. The handler and its middleware run in one flow of their own, whatever flow the caller asks from.
/// </summary>
internal sealed class StreamRun<TItem>(Domain domain, IStreamRequest<TItem> request, CancellationToken call, CancellationToken enumeration)
    : CallScope, IAsyncEnumerator<TItem>
{
    private readonly CancellationTokenSource? _linked = call.CanBeCanceled && enumeration.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(call, enumeration) : null;
    private HandlerContext? _context;
    private StreamMiddleware? _middleware;
    private ExecutionContext? _flow;
    private IAsyncEnumerator<TItem>? _items;
    private Activity? _activity;
    private bool _isOver;

    public TItem Current { get; private set; } = default!;

    private CancellationToken Token => _linked?.Token ?? (call.CanBeCanceled ? call : enumeration);

    public async ValueTask<bool> MoveNextAsync()
    {
        if (_isOver)
            return false;
        try
        {
            if (_items is null)
                await BeginAsync().ConfigureAwait(false);
            if (await InFlow(StepAsync).ConfigureAwait(false))
                return true;
        }
        catch (Exception e)
        {
            if (!await FinishAsync(e).ConfigureAwait(false))
                throw;
            return false;
        }

        await FinishAsync(null).ConfigureAwait(false);
        return false;
    }

    public async ValueTask DisposeAsync() => await FinishAsync(null).ConfigureAwait(false);

    private async ValueTask BeginAsync()
    {
        Token.ThrowIfCancellationRequested();
        await domain.EnsureStartedAsync(Token).ConfigureAwait(false);
        if (!domain.Model.Streams.TryGetValue(request.GetType(), out var binding))
            throw new HandlerNotFoundException(request.GetType(), domain.Model.Name);
        _activity = Telemetry.Start("stream", request.GetType().Name);
        _context = new(NewUnit(HandlerContext.Current?.Cause, HandlerContext.Current?.Depth ?? 0, domain.ScopeOfCall(this)), null, binding.HandlerName, Token) { IsStream = true };
        if (domain.Model.Middleware.Count == 0)
        {
            _flow = ExecutionContext.Capture();
        }
        else
        {
            _middleware = new();
            _flow = await _middleware.EnterAsync(domain.Model.Middleware, request, _context).ConfigureAwait(false);
        }

        _items = InFlow(() => ((StreamBinding<TItem>)binding).Invoke(request, _context).GetAsyncEnumerator(Token));
    }

    private async ValueTask<bool> StepAsync()
    {
        Token.ThrowIfCancellationRequested();
        var hasItem = await _items!.MoveNextAsync().ConfigureAwait(false);
        var item = hasItem ? _items.Current : default;
        await CommitAsync().ConfigureAwait(false);
        Current = item!;
        return hasItem;
    }

    private async ValueTask CommitAsync()
    {
        var unit = _context!.Unit;
        var raised = await unit.SaveAsync(Token).ConfigureAwait(false);
        foreach (var tracked in unit.Aggregates)
            tracked.Root.MakeReadOnly("the item it was changed for has been handed out, and each item of a stream has a unit of work of its own: get it again");
        var next = NewUnit(unit.Cause, unit.Depth, unit.Scope);
        next.Metadata = unit.Metadata;
        _context.Unit = next;
        await domain.Inline.DispatchAsync(raised, unit.Depth, unit.Scope, Token).ConfigureAwait(false);
    }

    private UnitOfWork NewUnit(Message? cause, int depth, CallScope? scope) => new(domain, cause, depth: depth, scope: scope);

    /// <summary>Ends the handler, its middleware and its services, whether it has come to its end, has failed, or is wanted no more.</summary>
    /// <returns>Whether a middleware has taken the error upon itself.</returns>
    private async ValueTask<bool> FinishAsync(Exception? error)
    {
        if (_isOver)
            return false;
        _isOver = true;
        try
        {
            if (_items is not null)
                await InFlow(_items.DisposeAsync).ConfigureAwait(false);
        }
        catch (Exception e) when (error is null)
        {
            error = e;
            throw;
        }
        finally
        {
            await EndAllAsync(error).ConfigureAwait(false);
        }

        return error is not null && _middleware is { IsEntered: true };
    }

    private async ValueTask EndAllAsync(Exception? error)
    {
        try
        {
            if (_middleware is not null)
                await _middleware.LeaveAsync(error).ConfigureAwait(false);
        }
        finally
        {
            if (_context is not null)
            {
                await _context.Unit.DisposeAsync().ConfigureAwait(false);
                await _context.DisposeAsync().ConfigureAwait(false);
            }

            await EndAsync().ConfigureAwait(false);
            if (error is not null)
                _activity?.SetStatus(ActivityStatusCode.Error, error.GetType().Name);
            _activity?.Dispose();
            _linked?.Dispose();
        }
    }

    private T InFlow<T>(Func<T> step)
    {
        if (_flow is null)
            return step();
        T result = default!;
        ExecutionContext.Run(_flow, _ => result = step(), null);
        return result;
    }
}
