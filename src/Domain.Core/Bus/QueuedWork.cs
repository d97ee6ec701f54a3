using System.Diagnostics;
using System.Threading.Channels;

namespace Protean;

/// <summary>In the background: events stand in a queue of bounded length, and are handled in order.</summary>
internal sealed class QueuedWork : SubscriberWork
{
    private readonly record struct Queued(BusCall Call, ActivityContext Publisher);

    private readonly SubscriberCall _subscriber;
    private readonly BusLoad _load;
    private readonly Channel<Queued> _queue;
    private readonly int _most;
    private int _isWorking;

    public QueuedWork(SubscriberCall subscriber, int most, int capacity)
    {
        _subscriber = subscriber;
        _load = subscriber.Bus.Load;
        _most = most;
        // Never completed: what was published before its subscriber left is still handled, and then nothing refers to the queue any more.
        _queue = Channel.CreateBounded<Queued>(new BoundedChannelOptions(capacity) { SingleReader = most == 1 });
    }

    public override ValueTask RunAsync(in BusCall call, CancellationToken cancellationToken)
    {
        if (!_load.TryBegin())
        {
            _subscriber.Bus.Log.PublishedAfterStop(call.Facts.Name, call.Facts.Category);
            return ValueTask.CompletedTask;
        }

        if (Volatile.Read(ref _isWorking) == 0 && Interlocked.Exchange(ref _isWorking, 1) == 0)
            Start();
        var queued = new Queued(call, Activity.Current?.Context ?? default);
        _load.Enqueued();
        return _queue.Writer.TryWrite(queued) ? ValueTask.CompletedTask : WaitForPlaceAsync(queued, cancellationToken);
    }

    private async ValueTask WaitForPlaceAsync(Queued queued, CancellationToken cancellationToken)
    {
        try
        {
            if (CallFlow.IsWithin(this))
                _subscriber.Failed(
                    new InvalidOperationException($"{_subscriber.Name} publishes {queued.Call.Facts.Name} while it handles an event, its queue is full, and it would wait for itself: raise QueueCapacity, or publish less."), queued.Call.Facts);
            else
            {
                await HandlerSlot.WaitAsync(_queue.Writer.WriteAsync(queued, cancellationToken).AsTask()).ConfigureAwait(false);
                return;
            }
        }
        catch (OperationCanceledException)
        {
            Done();
            throw;
        }

        Done();

        void Done()
        {
            _load.Dequeued();
            _load.End();
        }
    }

    private void Start()
    {
        // Begun by a publisher, but not part of its flow.
        for (var i = 0; i < _most; i++)
            ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.WorkAsync(), this, preferLocal: false);
    }

    private async Task WorkAsync()
    {
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (_queue.Reader.TryRead(out var queued))
                await HandleAsync(queued).ConfigureAwait(false);
        }
    }

    private async ValueTask HandleAsync(Queued queued)
    {
        _load.Dequeued();
        try
        {
            // After the limit of the stop, what still waits is given up.
            if (_load.IsClosed)
                return;
            using var flow = CallFlow.Enter(this);
            using var activity = Telemetry.StartWithin("handler", _subscriber.Name, queued.Publisher);
            await _subscriber.RunAsync(queued.Call, _subscriber.Bus.Stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Given up by the stop, which says so.
        }
        finally
        {
            _load.End();
        }
    }
}
