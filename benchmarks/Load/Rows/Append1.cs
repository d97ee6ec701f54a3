using Protean.Benchmarks.Load.Measuring;
using Protean.Benchmarks.Load.Servers;

namespace Protean.Benchmarks.Load.Rows;

internal sealed class Append1 : Row
{
    public override string Name => "append-1";

    public override string Work => "one caller commits one event at its expected version, PostgreSQL";

    public override string Floor => "a prepared INSERT of a full row, autocommit, on one kept connection";

    public override string Unit => "microseconds, p50 of a call";

    public override Goal Goal => Goal.AtMost(1.2);

    public override Task PrepareAsync(Stage stage) => stage.PostgresAsync();

    public override Task<double> MeasureFloorAsync(Stage stage) => InsertCallers.LatencyAsync(stage);

    public override async Task<double> MeasureOursAsync(Stage stage)
    {
        await using var schema = await FreshSchema.CreateAsync(await stage.PostgresAsync(), stage.Cancellation);
        await using var store = await schema.OpenStoreAsync(stage.Cancellation);
        var callers = new AppendCallers(store, 1);
        return await Pace.LatencyAsync(stage, async () => await callers.AppendAsync(0));
    }
}
