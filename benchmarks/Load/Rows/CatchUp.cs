using Protean.Benchmarks.Load.Floors;
using Protean.Benchmarks.Load.Measuring;
using Protean.Benchmarks.Load.Nodes;
using Protean.Benchmarks.Load.Servers;
using Protean.Engine;

namespace Protean.Benchmarks.Load.Rows;

internal sealed class CatchUp : Row
{
    private const int MostMessages = 500_000;
    private const int Accounts = 1_000;

    // So much of the log is read once by each side before anything is measured.
    private const int WarmUpShare = 5;

    private FreshSchema? _schema;
    private int _messages;
    private int _passes;

    public override string Name => "catch-up";

    public override string Work => "a handler that does nothing but count catches up over 500,000 messages from the beginning, PostgreSQL";

    public override string Floor => "a prepared SELECT of position, type and body of the same rows, 1,000 a page, each body parsed into its record";

    public override string Unit => "messages a second";

    public override Goal Goal => Goal.AtLeast(0.5);

    public override async Task PrepareAsync(Stage stage)
    {
        _messages = stage.Messages ?? MostMessages;
        _schema = await FilledLog.CreateAsync(await stage.PostgresAsync(), _messages, Accounts, stage.Cancellation);
        var after = _messages - (_messages / WarmUpShare);
        await ReadAsync(stage, after);
        await HandleAsync(stage, after);
    }

    public override Task<double> MeasureFloorAsync(Stage stage) => Pace.PassAsync(_messages, () => ReadAsync(stage, 0));

    public override Task<double> MeasureOursAsync(Stage stage) => Pace.PassAsync(_messages, () => HandleAsync(stage, 0));

    public override async Task CleanUpAsync()
    {
        if (_schema is not null)
            await _schema.DisposeAsync();
        _schema = null;
    }

    private async Task ReadAsync(Stage stage, int after)
    {
        await using var select = await LogSelect.OpenAsync(await stage.PostgresAsync(), _schema!.Name, LoadDomain.Types, stage.Cancellation);
        var deposits = new Deposits();
        await select.ReadAsync(after, deposits.Add, stage.Cancellation);
        deposits.Check(_messages - after);
    }

    /// <summary>A new handler each time, so that it begins at the beginning.</summary>
    private async Task HandleAsync(Stage stage, int after)
    {
        var deposits = new Deposits();
        var address = new NodeAddress((await stage.PostgresAsync()).ConnectionString, _schema!.Name);
        await using var domain = LoadDomain.Open(address, builder => LoadDomain.OnDeposited(builder, $"counted-{++_passes}", StartFrom.Position(after + 1), deposits.Add));
        await using var engine = new DomainEngine(domain);
        await engine.StartAsync(stage.Cancellation);
        await deposits.UntilAsync(_messages - after, stage.Cancellation);
        await engine.WaitUntilCaughtUpAsync(stage.Cancellation);
        deposits.Check(_messages - after);
    }
}
