using Protean.Brokers;

namespace Protean.Engine;

/// <summary>
/// Takes what a subscriber is sent from the broker into its inbox, and acknowledges it when it is committed. Every node tries; the broker gives the messages of a group to one,
/// and to the next one when that is gone. Handling them is the work of the partitions.
/// </summary>
internal sealed class Receiver(EngineContext engine, SubscriberModel subscriber)
{
    private const int BatchSize = 500;

    private readonly Inbox _inbox = new(engine.Domain, subscriber);
    private readonly Backoff _backoff = engine.Backoff($"Subscriber {subscriber.Name}");
    private volatile bool _isBroken;
    private int _faults;

    public SubscriberModel Subscriber => subscriber;

    public ReceiverState State => _isBroken ? ReceiverState.Broken : !_backoff.IsFailing ? ReceiverState.Receiving : _backoff.IsBrokerAway ? ReceiverState.BrokerAway : ReceiverState.StoreAway;

    /// <summary>Receives until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var consumer = await engine.Domain.Broker!.ConsumeAsync(subscriber.Group, 0, stop).ConfigureAwait(false);
                await using (consumer.ConfigureAwait(false))
                {
                    _backoff.Reset();
                    _isBroken = false;
                    while (true)
                        await ReceiveAsync(consumer, stop).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (BrokerUnavailableException error)
            {
                await _backoff.WaitAsync(new BrokerAwayException(error), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception error)
            {
                await PauseAsync(error, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Whatever it is, it ends neither the host nor the subscriber: what is not acknowledged comes again.</summary>
    private Task PauseAsync(Exception error, CancellationToken stop)
    {
        var seconds = Backoff.SecondsAfter(_faults++);
        engine.Log.ReceiverBroken(error, subscriber.Name, seconds);
        _isBroken = true;
        return Task.Delay(TimeSpan.FromSeconds(seconds), engine.Time, stop);
    }

    private async ValueTask ReceiveAsync(IBrokerConsumer consumer, CancellationToken stop)
    {
        var deliveries = await consumer.ReceiveAsync(BatchSize, stop).ConfigureAwait(false);
        var batch = _inbox.Read(deliveries);
        await KeepAsync(batch, stop).ConfigureAwait(false);
        var rejected = batch.Rejected;
        if (rejected.Count > 0)
            await consumer.RejectAsync(rejected, CancellationToken.None).ConfigureAwait(false);
        await consumer.AcknowledgeAsync(rejected.Count == 0 ? deliveries : [.. deliveries.Except(rejected)], CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>While the store is away the messages stay in hand: giving them back would only bring them again.</summary>
    private async ValueTask KeepAsync(InboxBatch batch, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await _inbox.KeepAsync(batch, stop).ConfigureAwait(false);
                _backoff.Reset();
                _faults = 0;
                return;
            }
            catch (Exception error) when (error is StoreUnavailableException or CommitOutcomeUnknownException)
            {
                await _backoff.WaitAsync(error, stop).ConfigureAwait(false);
            }
        }
    }
}

/// <summary>What a subscriber of this node is doing at the broker.</summary>
public enum ReceiverState
{
    /// <summary>It takes what comes in, or stands by while another node does.</summary>
    Receiving,

    /// <summary>It waits for the broker to come back.</summary>
    BrokerAway,

    /// <summary>It waits for the store to come back, and holds what has come in.</summary>
    StoreAway,

    /// <summary>It has failed for a reason that the log names, and tries again.</summary>
    Broken,
}

/// <summary>A subscriber of this node.</summary>
/// <param name="Handler">Its name, which its messages are handled under as well.</param>
/// <param name="Group">Its group at the broker.</param>
/// <param name="State">What it is doing.</param>
public sealed record ReceiverStatus(string Handler, string Group, ReceiverState State);
