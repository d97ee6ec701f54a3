using Protean.Benchmarks.Load.Floors;
using Protean.Benchmarks.Load.Measuring;
using Protean.Benchmarks.Load.Servers;

namespace Protean.Benchmarks.Load.Rows;

internal sealed class Load100 : Row
{
    private const int Events = 100;
    private const int Accounts = 50;

    private static readonly Dictionary<string, Type> _types = new()
    {
        ["Load.AccountOpened.v1"] = typeof(AccountOpened),
        ["Load.MoneyDeposited.v1"] = typeof(MoneyDeposited),
    };

    private FreshSchema? _schema;

    public override string Name => "load-100";

    public override string Work => "an event-sourced aggregate of 100 events is loaded through its repository, snapshots off, PostgreSQL";

    public override string Floor => "a prepared SELECT of type and body of its rows, each body parsed into its record, on one kept connection";

    public override string Unit => "microseconds, p50 of a load";

    public override Goal Goal => Goal.AtMost(1.3);

    public override async Task PrepareAsync(Stage stage)
    {
        var postgres = await stage.PostgresAsync();
        _schema = await FreshSchema.CreateAsync(postgres, stage.Cancellation);
        await using (var domain = OpenDomain(postgres))
        {
            for (var n = 0; n < Accounts; n++)
            {
                var account = Account.Open(Id(n), "somebody");
                for (var i = 1; i < Events; i++)
                    account.Deposit(1);
                await domain.Repository<Account>().SaveAsync(account, stage.Cancellation);
            }
        }

        await postgres.ExecuteAsync($"vacuum (analyze) {_schema.Name}.messages", stage.Cancellation);
        await CheckAsync(postgres, stage.Cancellation);
    }

    public override async Task<double> MeasureFloorAsync(Stage stage)
    {
        await using var select = await StreamSelect.OpenAsync(await stage.PostgresAsync(), _schema!.Name, _types, stage.Cancellation);
        var loads = 0;
        return await Pace.LatencyAsync(stage, async () => await select.ReadAsync(Stream(loads++ % Accounts)));
    }

    public override async Task<double> MeasureOursAsync(Stage stage)
    {
        await using var domain = OpenDomain(await stage.PostgresAsync());
        var accounts = domain.Repository<Account>();
        var loads = 0;
        return await Pace.LatencyAsync(stage, async () => await accounts.GetAsync(Id(loads++ % Accounts)));
    }

    public override async Task CleanUpAsync()
    {
        if (_schema is not null)
            await _schema.DisposeAsync();
        _schema = null;
    }

    private static string Id(int account) => $"0198c5a2-7d1f-7b3a-9a53-{account:x12}";

    private static string Stream(int account) => $"load::account-{Id(account)}";

    private Domain OpenDomain(Postgres postgres) => Domain.Create("load", domain =>
    {
        domain.Aggregate<Account>().SnapshotEvery(0);
        domain.UsePostgres(options => (options.ConnectionString, options.Schema) = (postgres.ConnectionString, _schema!.Name));
    });

    /// <summary>Both sides have to read the same.</summary>
    private async Task CheckAsync(Postgres postgres, CancellationToken cancellationToken)
    {
        await using var select = await StreamSelect.OpenAsync(postgres, _schema!.Name, _types, cancellationToken);
        await using var domain = OpenDomain(postgres);
        var read = (await select.ReadAsync(Stream(1))).OfType<MoneyDeposited>().Sum(deposited => deposited.Amount);
        var loaded = (await domain.Repository<Account>().GetAsync(Id(1), cancellationToken: cancellationToken)).Balance;
        if (read != Events - 1 || loaded != read)
            throw new InvalidOperationException($"The floor has read deposits of {read}, ours a balance of {loaded}.");
    }
}
