using Protean.Benchmarks.Load.Floors;
using Protean.Benchmarks.Load.Measuring;
using Protean.Benchmarks.Load.Servers;

namespace Protean.Benchmarks.Load.Rows;

internal sealed class Append1000 : Row
{
    private const int Callers = 1_000;

    public override string Name => "append-1000";

    public override string Work => "1,000 callers, each commits one event after the other at its expected version, PostgreSQL";

    public override string Floor => "binary COPY of the same rows on one kept connection, 1,000 a transaction";

    public override string Unit => "events a second";

    public override Goal Goal => Goal.AtLeast(0.6);

    public override Task PrepareAsync(Stage stage) => stage.PostgresAsync();

    public override async Task<double> MeasureFloorAsync(Stage stage)
    {
        var postgres = await stage.PostgresAsync();
        await using var schema = await FreshSchema.CreateAsync(postgres, stage.Cancellation);
        await using var connection = await CopyConnection.OpenAsync(postgres, schema, Callers, stage.Cancellation);
        return await Pace.RateAsync(stage, 1, _ => connection.CopyAsync());
    }

    public override async Task<double> MeasureOursAsync(Stage stage)
    {
        await using var schema = await FreshSchema.CreateAsync(await stage.PostgresAsync(), stage.Cancellation);
        await using var store = await schema.OpenStoreAsync(stage.Cancellation);
        return await Pace.RateAsync(stage, Callers, new AppendCallers(store, Callers).AppendAsync);
    }
}
