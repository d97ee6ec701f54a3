using Protean.Benchmarks.Load.Floors;
using Protean.Benchmarks.Load.Measuring;
using Protean.Benchmarks.Load.Servers;

namespace Protean.Benchmarks.Load.Rows;

internal sealed class AppendSqlite32 : Row
{
    private const int Callers = 32;

    public override string Name => "append-sqlite-32";

    public override string Work => "32 callers, each commits one event after the other at its expected version, SQLite";

    // 32 connections that wait for each other's lock are slower than one that never waits, so one is the floor.
    public override string Floor => "the same rows on one connection, a prepared INSERT a transaction; WAL, synchronous FULL";

    public override string Unit => "events a second";

    public override Goal Goal => Goal.AtLeast(8);

    public override async Task<double> MeasureFloorAsync(Stage stage)
    {
        using var file = await FreshFile.CreateAsync(stage.Directory, stage.Cancellation);
        using var connection = new SqliteInsertConnection(file.Path);
        var streams = Enumerable.Range(0, Callers).Select(SampleMessages.Stream).ToArray();
        var inserted = 0L;
        return await Pace.RateAsync(stage, 1, _ =>
        {
            var stream = streams[inserted % Callers];
            connection.Insert(stream, inserted / Callers, file.Head + ++inserted, SampleMessages.Next(stream));
            return new(1);
        });
    }

    public override async Task<double> MeasureOursAsync(Stage stage)
    {
        using var file = await FreshFile.CreateAsync(stage.Directory, stage.Cancellation);
        await using var store = await file.OpenStoreAsync(stage.Cancellation);
        return await Pace.RateAsync(stage, Callers, new AppendCallers(store, Callers).AppendAsync);
    }
}
