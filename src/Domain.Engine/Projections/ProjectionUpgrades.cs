namespace Protean.Engine;

/// <summary>Builds the projections anew whose code is of a higher version than their documents; until then older nodes keep these.</summary>
internal sealed class ProjectionUpgrades(EngineContext engine, IEnumerable<Subscription> subscriptions, string node, Action upgraded)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(subscriptions.Where(s => s.Version > 1).Select(s => UpgradeAsync(s, stop)));

    private async Task UpgradeAsync(Subscription projection, CancellationToken stop)
    {
        var pause = FirstPause;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var layout = await SubscriptionLayout.FindAsync(engine.Store, projection.Name, stop).ConfigureAwait(false);
                if (layout?.Version >= projection.Version)
                    return;
                if (layout is not null && await new ProjectionRebuild(engine, projection, node).UpgradeAsync(stop).ConfigureAwait(false))
                {
                    upgraded();
                    return;
                }
            }
            catch (Exception) when (!stop.IsCancellationRequested)
            {
                // Logged where it failed. Somebody may mend what it failed on, so it is tried again, though each time the whole log is read.
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }

            await Task.Delay(pause, engine.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
