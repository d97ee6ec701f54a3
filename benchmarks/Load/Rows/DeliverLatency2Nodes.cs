using System.Diagnostics;
using Protean.Benchmarks.Load.Measuring;
using Protean.Benchmarks.Load.Nodes;
using Protean.Benchmarks.Load.Servers;

namespace Protean.Benchmarks.Load.Rows;

internal sealed class DeliverLatency2Nodes : Row
{
    public override string Name => "deliver-latency-2-nodes";

    public override string Work => "from the return of a commit until a handler in another process is entered, its engine idle before, PostgreSQL";

    public override string Floor => "a prepared INSERT of a full row, autocommit, on one kept connection";

    public override string Unit => "microseconds, p50";

    public override Goal Goal => Goal.OursAtMost(2_500);

    public override Task PrepareAsync(Stage stage) => stage.PostgresAsync();

    public override Task<double> MeasureFloorAsync(Stage stage) => InsertCallers.LatencyAsync(stage);

    public override async Task<double> MeasureOursAsync(Stage stage)
    {
        var postgres = await stage.PostgresAsync();
        await using var schema = await FreshSchema.CreateAsync(postgres, stage.Cancellation);
        var address = new NodeAddress(postgres.ConnectionString, schema.Name);
        await using var domain = LoadDomain.Open(address);
        await using var node = NodeProcess.Start(DeliveryNode.Role, address);
        await node.HearAsync(stage.Cancellation);
        var (handled, committed) = (0, 0);
        var accounts = domain.Repository<Account>();
        var latencies = await Pace.SamplesAsync(stage, async () =>
        {
            await Task.Delay(DeliverySamples.Pause, stage.Cancellation);
            await accounts.SaveAsync(DeliverySamples.Open(committed++), stage.Cancellation);
            var returned = Stopwatch.GetTimestamp();
            // The ticks of both processes are those of one clock of the machine.
            var entered = await node.HearAsync(stage.Cancellation);
            handled++;
            return DeliverySamples.Between(returned, entered);
        });
        DeliverySamples.Check(committed, handled);
        await node.StopAsync(stage.Cancellation);
        return Median.Of(latencies);
    }
}
