using Protean.Benchmarks.Load.Measuring;
using Protean.Benchmarks.Load.Servers;

namespace Protean.Benchmarks.Load.Rows;

internal sealed class Append32 : Row
{
    private const int Callers = 32;

    public override string Name => "append-32";

    public override string Work => "32 callers, each commits one event after the other at its expected version, PostgreSQL";

    public override string Floor => "the same rows by 32 kept connections, each with a prepared INSERT, autocommit";

    public override string Unit => "events a second";

    public override Goal Goal => Goal.AtLeast(3);

    public override Task PrepareAsync(Stage stage) => stage.PostgresAsync();

    public override async Task<double> MeasureFloorAsync(Stage stage)
    {
        var postgres = await stage.PostgresAsync();
        await using var schema = await FreshSchema.CreateAsync(postgres, stage.Cancellation);
        await using var callers = await InsertCallers.OpenAsync(postgres, schema, Callers, stage.Cancellation);
        return await Pace.RateAsync(stage, Callers, callers.InsertAsync);
    }

    public override async Task<double> MeasureOursAsync(Stage stage)
    {
        await using var schema = await FreshSchema.CreateAsync(await stage.PostgresAsync(), stage.Cancellation);
        await using var store = await schema.OpenStoreAsync(stage.Cancellation);
        return await Pace.RateAsync(stage, Callers, new AppendCallers(store, Callers).AppendAsync);
    }
}
