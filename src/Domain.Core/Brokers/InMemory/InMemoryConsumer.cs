namespace Protean.Brokers;

/// <summary>A consumer of the in-memory broker. Everything happens under the lock of the broker.</summary>
internal sealed class InMemoryConsumer(PartitionQueue queue, Lock gate, int prefetch) : IBrokerConsumer
{
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isClosed;

    public async ValueTask<IReadOnlyList<BrokerDelivery>> ReceiveAsync(int maxCount, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCount, 1);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task news;
            lock (gate)
            {
                RefuseIfClosed();
                if (queue.Take(this, maxCount, prefetch) is { Count: > 0 } taken)
                    return taken;
                if (_news.Task.IsCompleted)
                    _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
                news = _news.Task;
            }

            await news.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask AcknowledgeAsync(IReadOnlyList<BrokerDelivery> deliveries, CancellationToken cancellationToken = default) => Settle(deliveries, queue.Acknowledge);

    public ValueTask ReturnAsync(IReadOnlyList<BrokerDelivery> deliveries, CancellationToken cancellationToken = default) => Settle(deliveries, queue.Return);

    public ValueTask RejectAsync(IReadOnlyList<BrokerDelivery> deliveries, CancellationToken cancellationToken = default) => Settle(deliveries, queue.Reject);

    public ValueTask DisposeAsync()
    {
        lock (gate)
        {
            if (!_isClosed)
            {
                Close();
                queue.Leave(this);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Lets whoever waits look again.</summary>
    public void Wake() => _news.TrySetResult();

    public void Close()
    {
        _isClosed = true;
        Wake();
    }

    private ValueTask Settle(IReadOnlyList<BrokerDelivery> deliveries, Action<IEnumerable<ulong>> settle)
    {
        ArgumentNullException.ThrowIfNull(deliveries);
        lock (gate)
        {
            RefuseIfClosed();
            settle(deliveries.Select(static delivery => delivery.Tag));
        }

        return ValueTask.CompletedTask;
    }

    private void RefuseIfClosed() => ObjectDisposedException.ThrowIf(_isClosed, typeof(IBrokerConsumer));
}
