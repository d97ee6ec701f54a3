using System.Runtime.ExceptionServices;

namespace Protean;

/// <summary>
/// The inline handlers of one dispatch, and of what they raise. Those that are not parallel run in one line: breadth-first, in the order of the
/// events, of the handlers and of their methods. Parallel ones are started as soon as their event is there. Each method has its own unit of work.
/// </summary>
internal sealed class InlineRun(Domain domain, CallScope? scope, HandlerSlots? slots, CancellationToken cancellationToken)
{
    private readonly record struct Step(EventHandlerModel Handler, Message Message, int Depth, int Order);

    private readonly Lock _gate = new();
    private readonly Queue<Step> _line = new();
    private List<(int Order, Exception Error)>? _errors;
    private OperationCanceledException? _cancellation;
    private TaskCompletionSource? _change;
    private int _parallel;
    private int _steps;
    private volatile bool _isStopped;

    public async ValueTask RunAsync(IReadOnlyList<Message> messages, int depth)
    {
        Add(messages, depth + 1);
        while (Next(out var step, out var change))
        {
            if (change is not null)
                await change.ConfigureAwait(false);
            else
                await RunInPlaceAsync(step).ConfigureAwait(false);
        }

        ThrowErrors();
    }

    /// <summary>Takes what is next in the line, or says what to wait for while parallel handlers run.</summary>
    /// <returns>Whether there is, or may be, anything left to do.</returns>
    private bool Next(out Step step, out Task? change)
    {
        lock (_gate)
        {
            change = null;
            if (_line.TryDequeue(out step))
                return true;
            if (_parallel == 0)
                return false;
            _change = new(TaskCreationOptions.RunContinuationsAsynchronously);
            change = _change.Task;
            return true;
        }
    }

    private void Add(IReadOnlyList<Message> messages, int depth)
    {
        for (var i = 0; i < messages.Count; i++)
            Add(messages[i], depth);
    }

    private void Add(Message message, int depth)
    {
        if (depth > domain.Model.MaxEventDepth)
        {
            var error = new EventDepthExceededException(message, domain.Model.MaxEventDepth);
            domain.Log.EventDepthExceeded(error, message.Type, message.Id);
            Fail(error, Interlocked.Increment(ref _steps));
            return;
        }

        foreach (var handler in domain.Model.InlineHandlersOf(message.Payload.GetType()))
        {
            if (!handler.Listens(message))
                continue;
            var step = new Step(handler, message, depth, Interlocked.Increment(ref _steps));
            if (handler.IsParallel)
                Start(step);
            else
                Enqueue(step);
        }
    }

    private void Enqueue(in Step step)
    {
        lock (_gate)
            _line.Enqueue(step);
        Wake();
    }

    private void Start(Step step)
    {
        lock (_gate)
            _parallel++;
        _ = Task.Run(() => RunBesideAsync(step), CancellationToken.None);
    }

    private async Task RunBesideAsync(Step step)
    {
        await RunInPlaceAsync(step).ConfigureAwait(false);
        lock (_gate)
            _parallel--;
        Wake();
    }

    private async ValueTask RunInPlaceAsync(Step step)
    {
        HandlerSlot? slot = null;
        try
        {
            if (IsOver())
                return;
            if (slots is not null)
            {
                await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
                HandlerSlot.Current = slot = new(domain, slots);
            }

            await RunAsync(step).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
        {
            Cancel(e);
        }
        catch (Exception e)
        {
            Fail(e, step.Order);
        }
        finally
        {
            slot?.End();
        }
    }

    private async ValueTask RunAsync(Step step)
    {
        var (handler, message, depth, order) = step;
        foreach (var method in handler.Handlers(message.Payload.GetType()))
        {
            if (IsOver())
                return;
            try
            {
                var raised = await domain.Invoker.HandleAsync(handler, method, message, depth, cancellationToken, scope: scope).ConfigureAwait(false);
                Add(raised, depth + 1);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                Fail(e, order);
                Add(await domain.Invoker.ReactAsync(handler, method, e, message, depth, cancellationToken, scope: scope).ConfigureAwait(false), depth + 1);
            }
        }
    }

    /// <summary>Whether nothing further is to be started.</summary>
    private bool IsOver()
    {
        if (!_isStopped && cancellationToken.IsCancellationRequested)
            Cancel(new(cancellationToken));
        return _isStopped;
    }

    private void Cancel(OperationCanceledException cancellation)
    {
        lock (_gate)
            _cancellation ??= cancellation;
        _isStopped = true;
    }

    private void Fail(Exception error, int order)
    {
        AfterCommit.MarkWith(error, "What was asked for is committed; an inline handler failed after it.");
        if (domain.Model.InlineErrors == InlineErrorPolicy.Isolate)
            return;
        lock (_gate)
            (_errors ??= []).Add((order, error));
        _isStopped |= domain.Model.InlineErrors == InlineErrorPolicy.FailFast;
    }

    /// <summary>Lets the line look again at what there is to do.</summary>
    private void Wake()
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            waiting = _change;
            _change = null;
        }

        waiting?.TrySetResult();
    }

    private void ThrowErrors()
    {
        if (_cancellation is not null)
        {
            AfterCommit.MarkWith(_cancellation, "What was asked for is committed; its inline handlers were cancelled.");
            ExceptionDispatchInfo.Throw(_cancellation);
        }

        if (_errors is null)
            return;
        if (_errors.Count == 1 || domain.Model.InlineErrors == InlineErrorPolicy.FailFast)
            ExceptionDispatchInfo.Throw(_errors[0].Error);
        var all = new AggregateException("What was asked for is committed, but several of its inline handlers failed.", _errors.OrderBy(e => e.Order).Select(e => e.Error));
        AfterCommit.MarkWith(all, all.Message);
        throw all;
    }
}
