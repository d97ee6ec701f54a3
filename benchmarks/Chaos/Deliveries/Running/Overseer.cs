using Protean.Benchmarks.Chaos.Deliveries.Books;
using Protean.Benchmarks.Chaos.Deliveries.Judging;
using Protean.Benchmarks.Chaos.Running;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Benchmarks.Chaos.Workers;
using Protean.Engine;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Deliveries.Running;

/// <summary>Looks at the store of a run from outside, and does what an operator does: it purges what was given up, where others wait behind it.</summary>
internal sealed class Overseer : IAsyncDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly Domain _domain;
    private readonly DomainEngine _engine;
    private readonly HashSet<DeadDelivery> _dead = [];

    public Overseer(StoreAddress store)
    {
        _domain = BooksDomain.Create(store);
        // Never started: it only looks.
        _engine = new(_domain, BooksDomain.Configure);
    }

    /// <summary>The deliveries that were given up, those included that were purged.</summary>
    public IReadOnlySet<DeadDelivery> Dead => _dead;

    /// <summary>Notes what was given up, and purges it where others wait behind it.</summary>
    public async Task CollectAsync(CancellationToken cancellationToken)
    {
        foreach (var record in await _engine.DeadLetters.ListAsync(new() { Take = 1_000 }, cancellationToken))
        {
            _dead.Add(new(new(record.Key.Handler, record.Key.Method), record.Key.GlobalPosition));
            if (record.ParkKey is null)
                continue;
            try
            {
                await _engine.DeadLetters.PurgeAsync(record.Key, cancellationToken);
            }
            catch (Exception error) when (error is ConcurrencyException or CommitOutcomeUnknownException)
            {
                // Next time.
            }
        }
    }

    /// <summary>Waits until everything is handled that is in the log now.</summary>
    public async Task CatchUpAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            await Patience.WithAsync(
                async () =>
                {
                    await _engine.WaitUntilCaughtUpAsync(limit.Token);
                    return true;
                },
                limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ChaosFailure($"The engines did not catch up within {patience.TotalSeconds:0} s: {await DescribeAsync(cancellationToken)}");
        }
    }

    /// <summary>Waits until nothing is left to be done, though nothing new is fed: no message to be handled, none to be tried again, none that waits.</summary>
    public async Task SettleAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            while (true)
            {
                var head = await _domain.Store.GetHeadAsync(limit.Token);
                await _engine.WaitUntilCaughtUpAsync(head, limit.Token);
                await CollectAsync(limit.Token);
                var open = await CountAsync(FailureStatus.Retrying, limit.Token) + await CountAsync(FailureStatus.Parked, limit.Token);
                if (open == 0 && await _domain.Store.GetHeadAsync(limit.Token) == head)
                    break;
                await Task.Delay(_pause, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ChaosFailure($"The engines were not done within {patience.TotalSeconds:0} s after the last event: {await DescribeAsync(cancellationToken)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _domain.DisposeAsync();
    }

    private ValueTask<long> CountAsync(FailureStatus status, CancellationToken cancellationToken) =>
        _domain.Store.CountFailuresAsync(new() { Status = status }, cancellationToken);

    private async Task<string> DescribeAsync(CancellationToken cancellationToken)
    {
        var head = await _domain.Store.GetHeadAsync(cancellationToken);
        var behind = (await _domain.Store.ListCheckpointsAsync(cancellationToken: cancellationToken))
            .Where(checkpoint => checkpoint.Key.Partition >= 0 && checkpoint.Position < head)
            .Select(static checkpoint => $"{checkpoint.Key.Name}/{checkpoint.Key.Partition} of {checkpoint.Owner ?? "nobody"} is at {checkpoint.Position}");
        return $"the log ends at {head}; {string.Join(", ", behind)}; {await CountAsync(FailureStatus.Retrying, cancellationToken)} to be tried again, {await CountAsync(FailureStatus.Parked, cancellationToken)} waiting";
    }
}
