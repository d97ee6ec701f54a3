namespace Protean;

/// <summary>An event on its way to one method of a subscriber.</summary>
internal readonly record struct BusCall(InvokeSubscriber Invoke, IEvent Event, EventFacts Facts);

/// <summary>Calls a subscriber so that whatever it does stays its own affair: its failures are logged and counted, and go no further.</summary>
internal sealed class SubscriberCall(string name, TimeSpan? limit, BusContext bus)
{
    public string Name => name;

    public BusContext Bus => bus;

    /// <summary>Calls it. What comes of it is a cancellation if the token was cancelled, and else nothing.</summary>
    public ValueTask RunAsync(in BusCall call, CancellationToken cancellationToken) =>
        limit is null ? RunFreelyAsync(call, cancellationToken) : RunWithinAsync(call, limit.Value, cancellationToken);

    public void Failed(Exception error, EventFacts facts)
    {
        bus.Log.SubscriberFailed(error, name, facts.Name, facts.Category);
        if (Telemetry.BusFailed.Enabled)
            Telemetry.BusFailed.Add(1, Telemetry.Of(name), facts.NameTag, facts.CategoryTag);
    }

    private void Handled(EventFacts facts)
    {
        if (Telemetry.BusHandled.Enabled)
            Telemetry.BusHandled.Add(1, Telemetry.Of(name), facts.NameTag, facts.CategoryTag);
    }

    private ValueTask RunFreelyAsync(in BusCall call, CancellationToken cancellationToken)
    {
        ValueTask running;
        try
        {
            running = call.Invoke(call.Event, cancellationToken);
            if (running.IsCompletedSuccessfully)
            {
                running.GetAwaiter().GetResult();
                Handled(call.Facts);
                return ValueTask.CompletedTask;
            }
        }
        catch (Exception error)
        {
            running = ValueTask.FromException(error);
        }

        return ObserveAsync(running, call.Facts, cancellationToken);
    }

    private async ValueTask ObserveAsync(ValueTask running, EventFacts facts, CancellationToken cancellationToken)
    {
        try
        {
            await running.ConfigureAwait(false);
            Handled(facts);
        }
        catch (Exception error) when (!IsCancellation(error, cancellationToken))
        {
            Failed(error, facts);
        }
    }

    private async ValueTask RunWithinAsync(BusCall call, TimeSpan longest, CancellationToken cancellationToken)
    {
        using var expired = new CancellationTokenSource(longest, bus.Time);
        var linked = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, cancellationToken);
        var running = Task.Run(() => call.Invoke(call.Event, linked.Token).AsTask(), CancellationToken.None);
        try
        {
            await running.WaitAsync(expired.Token).ConfigureAwait(false);
            Handled(call.Facts);
        }
        catch (Exception error) when (!IsCancellation(error, cancellationToken))
        {
            var isLate = error is OperationCanceledException && expired.IsCancellationRequested;
            Failed(isLate ? OutOfTime(call.Facts, longest) : error, call.Facts);
            if (isLate)
            {
                // Whoever waits for the time may be told of it before the subscriber is.
                await linked.CancelAsync().ConfigureAwait(false);
                _ = ObserveLateAsync(running, call.Facts);
            }
        }
        finally
        {
            _ = running.ContinueWith(static (_, source) => ((CancellationTokenSource)source!).Dispose(), linked, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>Nobody waits any more for what has run out of time, but what it fails on is told.</summary>
    private async Task ObserveLateAsync(Task running, EventFacts facts)
    {
        try
        {
            await running.ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            bus.Log.LateSubscriberFailed(error, name, facts.Name, facts.Category);
        }
        catch (OperationCanceledException)
        {
            // It has ended as it was asked to.
        }
    }

    private TimeoutException OutOfTime(EventFacts facts, TimeSpan longest) =>
        new($"{name} took longer for {facts.Name} than its time limit of {longest.TotalSeconds:0.###} s: let it do less, pass the token on, or raise the limit.");

    private static bool IsCancellation(Exception error, CancellationToken cancellationToken) =>
        error is OperationCanceledException && cancellationToken.IsCancellationRequested;
}
