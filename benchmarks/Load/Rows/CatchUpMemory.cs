using Protean.Benchmarks.Load.Floors;
using Protean.Benchmarks.Load.Measuring;
using Protean.Benchmarks.Load.Nodes;
using Protean.Benchmarks.Load.Servers;

namespace Protean.Benchmarks.Load.Rows;

internal sealed class CatchUpMemory : Row
{
    private const int MostMessages = 500_000;
    private const int Share = 10;
    private const int Accounts = 1_000;
    private const double Mebibyte = 1024 * 1024;

    private FreshSchema? _short;
    private FreshSchema? _long;

    public override string Name => "catch-up-memory";

    public override string Work => "a process of its own catches up over 500,000 messages with a handler that does nothing but count, PostgreSQL";

    public override string Floor => "the same over 50,000 messages";

    public override string Unit => "MiB, peak working set of the process";

    public override Goal Goal => Goal.AtMost(1.2);

    public override async Task PrepareAsync(Stage stage)
    {
        var postgres = await stage.PostgresAsync();
        var messages = stage.Messages ?? MostMessages;
        _short = await FilledLog.CreateAsync(postgres, messages / Share, Accounts, stage.Cancellation);
        _long = await FilledLog.CreateAsync(postgres, messages, Accounts, stage.Cancellation);
    }

    public override Task<double> MeasureFloorAsync(Stage stage) => PeakAsync(stage, _short!);

    public override Task<double> MeasureOursAsync(Stage stage) => PeakAsync(stage, _long!);

    public override async Task CleanUpAsync()
    {
        foreach (var schema in new[] { _short, _long })
        {
            if (schema is not null)
                await schema.DisposeAsync();
        }

        (_short, _long) = (null, null);
    }

    private static async Task<double> PeakAsync(Stage stage, FreshSchema schema)
    {
        var postgres = await stage.PostgresAsync();
        // What an earlier round has left of its progress is no start at the beginning.
        await postgres.ExecuteAsync($"truncate {schema.Name}.checkpoints, {schema.Name}.nodes", stage.Cancellation);
        await using var node = NodeProcess.Start(CatchUpNode.Role, new(postgres.ConnectionString, schema.Name));
        var handled = await node.HearAsync(stage.Cancellation);
        var peak = await node.HearAsync(stage.Cancellation);
        await node.StopAsync(stage.Cancellation);
        if (handled != schema.Head || peak <= 0)
            throw new NodeFailure($"A node has handled {handled} messages of {schema.Head} with {peak} bytes at most.");
        return peak / Mebibyte;
    }
}
