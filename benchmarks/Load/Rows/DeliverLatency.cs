using System.Diagnostics;
using Protean.Benchmarks.Load.Measuring;
using Protean.Benchmarks.Load.Nodes;
using Protean.Benchmarks.Load.Servers;
using Protean.Engine;

namespace Protean.Benchmarks.Load.Rows;

internal sealed class DeliverLatency : Row
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private readonly Figure _p99 = new("p99", "ms", 5);

    public override string Name => "deliver-latency";

    public override string Work => "from the return of a commit until a handler of the same node is entered, the engine idle before, PostgreSQL";

    public override string Floor => "a prepared INSERT of a full row, autocommit, on one kept connection";

    public override string Unit => "microseconds, p50";

    public override Goal Goal => Goal.AtMost(1);

    public override IReadOnlyList<Figure> Figures => [_p99];

    public override Task PrepareAsync(Stage stage) => stage.PostgresAsync();

    public override Task<double> MeasureFloorAsync(Stage stage) => InsertCallers.LatencyAsync(stage);

    public override async Task<double> MeasureOursAsync(Stage stage)
    {
        var postgres = await stage.PostgresAsync();
        await using var schema = await FreshSchema.CreateAsync(postgres, stage.Cancellation);
        var (handled, committed) = (0, 0);
        TaskCompletionSource<long>? next = null;
        await using var domain = LoadDomain.Open(new(postgres.ConnectionString, schema.Name), builder => LoadDomain.OnOpened(builder, time =>
        {
            handled++;
            next?.SetResult(time);
        }));
        await using var engine = new DomainEngine(domain);
        await engine.StartAsync(stage.Cancellation);
        var accounts = domain.Repository<Account>();
        var latencies = await Pace.SamplesAsync(stage, async () =>
        {
            await Task.Delay(DeliverySamples.Pause, stage.Cancellation);
            await engine.UntilIdleAsync(stage.Cancellation);
            var account = DeliverySamples.Open(committed++);
            // Its continuation must not run within the handler.
            next = new(TaskCreationOptions.RunContinuationsAsynchronously);
            await accounts.SaveAsync(account, stage.Cancellation);
            var returned = Stopwatch.GetTimestamp();
            return DeliverySamples.Between(returned, await next.Task.WaitAsync(_patience, stage.Cancellation));
        });
        await engine.WaitUntilCaughtUpAsync(stage.Cancellation);
        DeliverySamples.Check(committed, handled);
        _p99.Add(Median.Percentile(latencies, 0.99) / 1_000);
        return Median.Of(latencies);
    }
}
