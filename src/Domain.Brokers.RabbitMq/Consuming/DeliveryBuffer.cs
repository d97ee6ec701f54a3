namespace Protean.Brokers.RabbitMq;

/// <summary>What the server has delivered and nobody has taken yet, the oldest first.</summary>
internal sealed class DeliveryBuffer
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<BrokerDelivery, ulong> _waiting = new();
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<Exception>? _end;

    public void Add(ReadOnlySpan<BrokerDelivery> deliveries)
    {
        lock (_gate)
        {
            if (_end is not null)
                return;
            foreach (var delivery in deliveries)
                _waiting.Enqueue(delivery, delivery.Tag);
            _news.TrySetResult();
        }
    }

    /// <summary>Nothing is given any more. The first reason stays.</summary>
    public bool TryEnd(Func<Exception> reason)
    {
        lock (_gate)
        {
            if (_end is not null)
                return false;
            _end = reason;
            _waiting.Clear();
            _news.TrySetResult();
            return true;
        }
    }

    public void ThrowIfEnded()
    {
        lock (_gate)
            ThrowEnd();
    }

    public async ValueTask<IReadOnlyList<BrokerDelivery>> TakeAsync(int maxCount, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task news;
            lock (_gate)
            {
                ThrowEnd();
                if (_waiting.Count > 0)
                    return Take(maxCount);
                if (_news.Task.IsCompleted)
                    _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
                news = _news.Task;
            }

            await news.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private BrokerDelivery[] Take(int maxCount)
    {
        var taken = new BrokerDelivery[Math.Min(maxCount, _waiting.Count)];
        for (var i = 0; i < taken.Length; i++)
            taken[i] = _waiting.Dequeue();
        return taken;
    }

    private void ThrowEnd()
    {
        if (_end is not null)
            throw _end();
    }
}
