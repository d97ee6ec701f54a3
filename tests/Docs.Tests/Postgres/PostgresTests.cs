using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Protean.Docs.Shop;
using Protean.Engine;
using Protean.EventStore.TestServer;
using Shouldly;
using Xunit;

namespace Protean.Docs.Postgres;

/// <summary>What the guide to PostgreSQL and nodes says happens.</summary>
public sealed class PostgresTests : IAsyncLifetime
{
    private const int HangLimit = 120_000;

    private TestDatabase _database = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync(cancellationToken: Cancellation);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact(Timeout = HangLimit)]
    public async Task TwoNodes_ShareThePartitions_AndOneTakesThemAll()
    {
        using var first = Node();
        using var second = Node();
        await first.StartAsync(Cancellation);
        await second.StartAsync(Cancellation);
        var engine = second.Services.GetRequiredService<DomainEngine>();

        await UntilAsync(async () => (await PostgresExample.WhoHasWhatAsync(engine, Cancellation)).Values.Order().SequenceEqual([4, 4]));
        await UntilAsync(async () => (await second.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation)).Status == HealthStatus.Healthy);

        await first.StopAsync(Cancellation);
        await UntilAsync(async () => await PostgresExample.WhoHasWhatAsync(engine, Cancellation) is { Count: 1 } shares && shares[engine.Node] == 8);

        var shop = second.Services.GetRequiredService<IDomain>();
        await shop.Repository<Inventory>().SaveAsync(Inventory.Count("dune", 100), Cancellation);
        await shop.Repository<Order>().SaveAsync(Order.Place(new("o-1", "dune", 10)), Cancellation);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        (await shop.Repository<Inventory>().GetAsync("dune", Cancellation)).InStock.ShouldBe(90);
        await second.StopAsync(Cancellation);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Script_RunByAnAdministrator_IsAllThatStartNeeds()
    {
        var folder = Directory.CreateTempSubdirectory("postgres-");
        try
        {
            var file = Path.Combine(folder.FullName, "shop.sql");
            await PostgresExample.WriteScriptAsync(file, Cancellation);
            await using var source = NpgsqlDataSource.Create(_database.ConnectionString);
            await using (var script = source.CreateCommand(await File.ReadAllTextAsync(file, Cancellation)))
                await script.ExecuteNonQueryAsync(Cancellation);
            var before = await TablesAsync(source);

            await PostgresExample.MigrateAsync(_database.ConnectionString, Cancellation);

            before.ShouldContain("messages");
            (await TablesAsync(source)).ShouldBe(before);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private IHost Node()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        PostgresExample.Add(builder, _database.ConnectionString);
        return builder.Build();
    }

    private static async Task<List<string>> TablesAsync(NpgsqlDataSource source)
    {
        List<string> tables = [];
        await using var command = source.CreateCommand("select table_name from information_schema.tables where table_schema = 'shop' order by 1");
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation))
            tables.Add(reader.GetString(0));
        return tables;
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var glances = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await holds())
            await glances.WaitForNextTickAsync(Cancellation);
    }
}
