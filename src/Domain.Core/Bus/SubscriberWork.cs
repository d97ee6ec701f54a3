namespace Protean;

/// <summary>When a subscriber is called: at once, when others have made room, or in the background.</summary>
internal abstract class SubscriberWork
{
    public static SubscriberWork Of(SubscriberCall call, SubscriptionOptions options) =>
        options.Background ? new QueuedWork(call, options.MaxConcurrency ?? 1, options.QueueCapacity ?? SubscriptionOptions.DefaultQueueCapacity)
        : options.MaxConcurrency is { } most ? new GatedWork(call, most)
        : new DirectWork(call);

    /// <summary>Completes when the publisher need not wait any more; with a cancellation only if the token was cancelled.</summary>
    public abstract ValueTask RunAsync(in BusCall call, CancellationToken cancellationToken);
}

/// <summary>At once.</summary>
internal sealed class DirectWork(SubscriberCall subscriber) : SubscriberWork
{
    public override ValueTask RunAsync(in BusCall call, CancellationToken cancellationToken) => subscriber.RunAsync(call, cancellationToken);
}

/// <summary>So many at once; the others wait in the order in which they came.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "The gate holds nothing but memory, and late publications may still be in it.")]
internal sealed class GatedWork(SubscriberCall subscriber, int most) : SubscriberWork
{
    private readonly SemaphoreSlim _gate = new(most, most);

    public override ValueTask RunAsync(in BusCall call, CancellationToken cancellationToken) => InTurnAsync(call, cancellationToken);

    private async ValueTask InTurnAsync(BusCall call, CancellationToken cancellationToken)
    {
        if (CallFlow.IsWithin(this))
        {
            subscriber.Failed(
                new InvalidOperationException($"{subscriber.Name} publishes {call.Facts.Name} while it handles an event, and would wait for itself: take MaxConcurrency away, or set Background."), call.Facts);
            return;
        }

        await HandlerSlot.WaitAsync(_gate.WaitAsync(cancellationToken)).ConfigureAwait(false);
        using var turn = CallFlow.Enter(this);
        try
        {
            await subscriber.RunAsync(call, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }
}
