using Protean.Storage;

namespace Protean.Engine;

/// <summary>The streams or partition keys of a partition that wait behind a failure.</summary>
internal sealed class Parking(EngineContext engine, Subscription subscription, PartitionLease lease)
{
    private const int MostMethods = 100;
    private const int PageSize = 500;

    private readonly HashSet<string> _held = [];

    public bool IsOn => subscription.Settings.OnFailure == FailurePolicy.ParkStream;

    /// <summary>Reads which keys wait.</summary>
    public async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        _held.Clear();
        if (!IsOn)
            return;
        await foreach (var record in FailureScan.AllAsync(engine.Store, new() { Handler = subscription.Name, Partition = lease.Key.Partition }, cancellationToken).ConfigureAwait(false))
        {
            if (record.ParkKey is { } key)
                _held.Add(key);
        }
    }

    public bool Holds(string key) => _held.Count > 0 && _held.Contains(key);

    /// <summary>What is written into a failure record, so that later messages wait behind it.</summary>
    public string? KeyOf(string key) => IsOn ? key : null;

    public void Failed(string key)
    {
        if (IsOn)
            _held.Add(key);
    }

    public void Release(string key) => _held.Remove(key);

    /// <summary>The keys that have nothing to wait for any more, or may have.</summary>
    public async ValueTask<IReadOnlyList<string>> ReleasableAsync(CancellationToken cancellationToken)
    {
        // Many keys are found on one page of records; for the few that are not it is cheaper to ask for each.
        HashSet<string> left = [.. _held];
        HashSet<string> releasable = [];
        Dictionary<string, long> first = [];
        var query = new FailureQuery { Handler = subscription.Name, Partition = lease.Key.Partition, Take = PageSize };
        for (var pages = 0; left.Count > pages; pages++)
        {
            var page = await engine.Store.QueryFailuresAsync(query, cancellationToken).ConfigureAwait(false);
            foreach (var record in page)
            {
                if (record.ParkKey is not { } key || !_held.Contains(key))
                    continue;
                // In order of their positions: the message that the others wait behind comes first, with each of its methods.
                if (first.TryAdd(key, record.Key.GlobalPosition))
                    left.Remove(key);
                if (record.Status == FailureStatus.Parked && first[key] == record.Key.GlobalPosition)
                    releasable.Add(key);
            }

            if (page.Count < PageSize)
                break;
            query = query with { After = page[^1].Key };
        }

        return [.. releasable, .. left];
    }

    /// <summary>The records of the first message that waits with a key; none if none does.</summary>
    public async ValueTask<IReadOnlyList<FailureRecord>> FirstAsync(string key, CancellationToken cancellationToken)
    {
        var waiting = await engine.Store.QueryFailuresAsync(
            new() { Handler = subscription.Name, Partition = lease.Key.Partition, ParkKey = key, Take = MostMethods }, cancellationToken).ConfigureAwait(false);
        return [.. waiting.TakeWhile(w => w.Key.GlobalPosition == waiting[0].Key.GlobalPosition)];
    }
}
