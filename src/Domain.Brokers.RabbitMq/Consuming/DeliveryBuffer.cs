namespace Protean.Brokers.RabbitMq;

/// <summary>What the server has delivered and is not settled: what waits, the oldest first, and what the reader holds.</summary>
internal sealed class DeliveryBuffer
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<BrokerDelivery, ulong> _waiting = new();
    private readonly HashSet<ulong> _held = [];
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<Exception>? _end;

    public void Add(BrokerDelivery delivery)
    {
        lock (_gate)
        {
            if (_end is not null)
                return;
            _waiting.Enqueue(delivery, delivery.Tag);
            _news.TrySetResult();
        }
    }

    /// <summary>Puts back what the reader holds, to be given again before what has come since.</summary>
    public void Return(IReadOnlyList<BrokerDelivery> deliveries)
    {
        lock (_gate)
        {
            ThrowEnd();
            foreach (var delivery in deliveries)
            {
                if (_held.Remove(delivery.Tag))
                    _waiting.Enqueue(new(delivery.Message, delivery.Attempt + 1, delivery.Tag), delivery.Tag);
            }

            _news.TrySetResult();
        }
    }

    /// <summary>Lets go of what the reader holds. What it does not hold any more, or never did, is passed over.</summary>
    /// <returns>The tags, in order.</returns>
    public List<ulong> Release(IReadOnlyList<BrokerDelivery> deliveries)
    {
        var tags = new List<ulong>(deliveries.Count);
        lock (_gate)
        {
            ThrowEnd();
            foreach (var delivery in deliveries)
            {
                if (_held.Remove(delivery.Tag))
                    tags.Add(delivery.Tag);
            }
        }

        tags.Sort();
        return tags;
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
            _held.Clear();
            _news.TrySetResult();
            return true;
        }
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
        {
            taken[i] = _waiting.Dequeue();
            _held.Add(taken[i].Tag);
        }

        return taken;
    }

    private void ThrowEnd()
    {
        if (_end is not null)
            throw _end();
    }
}
