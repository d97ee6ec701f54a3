using System.Diagnostics;

namespace Protean;

/// <summary>
/// One call of a stream's handler, or of its fallback. What it changes before an item is a unit of work: it is committed, and its inline handlers have run,
/// before the caller gets the item. The handler and its middleware run in one flow of their own, whatever flow the caller asks from.
/// </summary>
internal sealed class StreamPass<TItem>(Domain domain, StreamBinding<TItem> binding, object request, CallScope? scope, CancellationToken cancellationToken)
{
    private Circuit? _circuit;
    private HandlerContext? _context;
    private StreamSurroundings? _surroundings;
    private ExecutionContext? _flow;
    private IAsyncEnumerator<TItem>? _items;

    public TItem Current { get; private set; } = default!;

    /// <summary>Calls the handler.</summary>
    /// <param name="error">What the handler has failed with; then its fallback is called.</param>
    /// <param name="activity">The span of the stream, which everything of it is part of.</param>
    public async ValueTask BeginAsync(Exception? error, Activity? activity)
    {
        // Set in an async method, it is forgotten by the caller when that returns, and kept in the flow that is captured here.
        if (activity is not null)
            Activity.Current = activity;
        if (error is null)
        {
            var circuit = domain.Guards.CircuitOf(binding.Guard);
            circuit?.Enter();
            _circuit = circuit;
        }

        _context = new(NewUnit(HandlerContext.Current?.Cause, HandlerContext.Current?.Depth ?? 0), null, binding.HandlerName, cancellationToken) { IsStream = true, Error = error };
        if (domain.Model.Middleware.Count == 0)
        {
            _flow = ExecutionContext.Capture();
        }
        else
        {
            _surroundings = new(domain);
            _flow = await _surroundings.EnterAsync(request, _context).ConfigureAwait(false);
        }

        _items = InFlow(() => binding.Invoke(request, _context).GetAsyncEnumerator(cancellationToken));
    }

    /// <returns>Whether there is another item.</returns>
    public ValueTask<bool> MoveAsync() => InFlow(StepAsync);

    /// <summary>Ends the handler and what surrounds it, whether it has come to its end, has failed, or is wanted no more.</summary>
    /// <returns>Whether the surroundings have taken the error upon themselves. If they let it through, or have one of their own, that is thrown.</returns>
    public async ValueTask<bool> EndAsync(Exception? error)
    {
        if (error is null)
            _circuit?.Succeeded();
        else
            _circuit?.Failed(error, cancellationToken);
        _circuit = null;
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
            await LeaveAsync(error).ConfigureAwait(false);
        }

        return error is not null && _surroundings is { AreEntered: true };
    }

    private async ValueTask<bool> StepAsync()
    {
        cancellationToken.ThrowIfCancellationRequested();
        var hasItem = await NextAsync().ConfigureAwait(false);
        var item = hasItem ? _items!.Current : default;
        await CommitAsync().ConfigureAwait(false);
        Current = item!;
        _circuit?.Works();
        return hasItem;
    }

    private async ValueTask<bool> NextAsync()
    {
        try
        {
            return await _items!.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // What a command left that was processed on the way is no commit of this item.
            AfterCommit.Unmark(e);
            throw;
        }
    }

    private async ValueTask CommitAsync()
    {
        var unit = _context!.Unit;
        var raised = await unit.SaveAsync(cancellationToken).ConfigureAwait(false);
        foreach (var tracked in unit.Aggregates)
            tracked.Root.MakeReadOnly("the item it was changed for has been handed out, and each item of a stream has a unit of work of its own: get it again");
        var next = NewUnit(unit.Cause, unit.Depth);
        next.Metadata = unit.Metadata;
        _context.Unit = next;
        await domain.Inline.DispatchAsync(raised, unit.Depth, scope, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask LeaveAsync(Exception? error)
    {
        try
        {
            if (_surroundings is not null)
                await _surroundings.LeaveAsync(error).ConfigureAwait(false);
        }
        finally
        {
            if (_context is not null)
            {
                if (error is null)
                    await _context.Unit.DisposeAsync().ConfigureAwait(false);
                _context.Unit.End("its stream is over");
                await _context.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private UnitOfWork NewUnit(Message? cause, int depth) => new(domain, cause, depth: depth, scope: scope);

    private T InFlow<T>(Func<T> step)
    {
        if (_flow is null)
            return step();
        T result = default!;
        ExecutionContext.Run(_flow, _ => result = step(), null);
        return result;
    }
}
