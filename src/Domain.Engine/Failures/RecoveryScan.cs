using Protean.Storage;

namespace Protean.Engine;

/// <summary>Looks, for all partitions of this node at once, for failed deliveries that are due to be tried again.</summary>
internal sealed class RecoveryScan(EngineContext engine, PartitionSet running, TimeSpan interval)
{
    private const int MostAtOnce = 500;

    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    private readonly Signal _now = new();

    /// <summary>Looks without waiting for the interval to end.</summary>
    public void Hurry() => _now.Set();

    public async Task RunAsync(CancellationToken stop)
    {
        var backoff = engine.Backoff("The engine's recovery");
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _now.Reset();
                await LookAsync(stop).ConfigureAwait(false);
                backoff.Reset();
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
                await Task.WhenAny(Task.Delay(interval > TimeSpan.Zero ? interval : AtOnce, engine.Time, ended.Token), _now.WaitAsync()).ConfigureAwait(false);
                await ended.CancelAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                await backoff.WaitAsync(error, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async ValueTask LookAsync(CancellationToken cancellationToken)
    {
        var due = new FailureQuery { Status = FailureStatus.Retrying, DueBy = engine.Time.GetUtcNow(), Take = MostAtOnce };
        while (true)
        {
            var page = await engine.Store.QueryFailuresAsync(due, cancellationToken).ConfigureAwait(false);
            foreach (var record in page)
                running.Find(record.Key.Handler, record.Partition)?.Recover(record);
            if (page.Count < MostAtOnce)
                break;
            due = due with { After = page[^1].Key };
        }

        // What others wait behind may have been purged, on any node.
        foreach (var loop in running.Loops)
            loop.LookAtParked();
    }
}
