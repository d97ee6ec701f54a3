using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Protean.Docs.Shop;
using Protean.Engine;
using Protean.EventStore;

namespace Protean.Docs.Postgres;

/// <summary>What the guide to PostgreSQL and nodes shows.</summary>
internal static class PostgresExample
{
    public static void Add(IHostApplicationBuilder builder, string connectionString)
    {
        builder.Services.AddDomain("shop", Declare)
            .UsePostgres(options =>
            {
                options.ConnectionString = connectionString;
                options.Schema = "shop";
            })
            .AddEngine(engine => engine.LeaseTime = TimeSpan.FromSeconds(15));     // how soon a dead node is given up; the default
        builder.Services.AddHealthChecks().AddProteanEngine();
    }

    public static void Declare(DomainBuilder domain)
    {
        domain.Aggregate<Order>();
        domain.Aggregate<Inventory>().Raises<StockCounted>().Raises<StockWithdrawn>();

        domain.EventHandler<Inventory>().Named("withdraw-ordered-stock")
            .StreamCategory<Order>()
            .Partitions(8)                                                         // at most eight nodes share it
            .PartitionBy<OrderPlaced>(e => e.BookId)                               // one book in one line
            .On<OrderPlaced>(e => e.BookId, (inventory, e) => inventory.Withdraw(e.Quantity));
    }

    public static async Task WriteScriptAsync(string file, CancellationToken cancellationToken)
    {
        await using var domain = Domain.Create("shop", builder =>
        {
            Declare(builder);
            builder.UseInMemory();                                                 // asks no server
        });
        await File.WriteAllTextAsync(file, PostgresEventStore.ExportSchema(domain.Model.Store, schema: "shop"), cancellationToken);
    }

    public static async Task MigrateAsync(string ownersConnectionString, CancellationToken cancellationToken)
    {
        await using var domain = Domain.Create("shop", builder =>
        {
            Declare(builder);
            builder.UsePostgres(options => (options.ConnectionString, options.Schema) = (ownersConnectionString, "shop"));
        });
        await domain.StartAsync(cancellationToken);                                // makes what is missing, delivers nothing
    }

    public static async Task<IReadOnlyDictionary<string, int>> WhoHasWhatAsync(DomainEngine engine, CancellationToken cancellationToken) =>
        (await engine.GetStatusAsync(cancellationToken)).Subscriptions
            .SelectMany(s => s.Partitions).GroupBy(p => p.Owner ?? "nobody").ToDictionary(g => g.Key, g => g.Count());
}
