using Xunit;

namespace Protean.EventStore.Conformance.Scenarios;

/// <summary>A store of its own for each test, which domains can be opened on again and again.</summary>
public abstract class ScenarioConformance(IScenarioHarness harness) : IAsyncLifetime
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected IScenarioHarness Harness => harness;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await harness.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Domain Open(int snapshotEvery = 10) => Library.Open(harness, snapshotEvery);
}
