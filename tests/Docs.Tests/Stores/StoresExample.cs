using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Protean.Docs.Shop;
using Protean.EventStore;
using Protean.Storage;

namespace Protean.Docs.Stores;

/// <summary>What the guide to the stores shows.</summary>
internal static class StoresExample
{
    public static void OnSqlite(IHostApplicationBuilder builder)
    {
        builder.Services.AddDomain("inventory", domain =>
        {
            domain.Aggregate<Inventory>();
            domain.UseSqlite("inventory.db");
        });
    }

    public static async Task BackUpAsync()
    {
        await using var connection = new SqliteConnection("Data Source=/var/lib/shop/inventory.db;Pooling=False");
        await connection.OpenAsync();
        await using var backup = connection.CreateCommand();
        backup.CommandText = "VACUUM INTO $copy";
        backup.Parameters.AddWithValue("$copy", "/backup/inventory-2025-06-01.db");
        await backup.ExecuteNonQueryAsync();
    }

    public static void SqliteOptions(DomainBuilder domain)
    {
        domain.UseSqlite(options =>
        {
            options.Path = "/var/lib/shop/inventory.db";
            options.BusyTimeout = TimeSpan.FromSeconds(30);
        });
    }

    public static void OnPostgres(IHostApplicationBuilder builder)
    {
        builder.Services.AddDomain("inventory", domain =>
        {
            domain.Aggregate<Inventory>();
            domain.UsePostgres("Host=db.example.com;Database=shop;Username=shop_app;Password=…");
        });
    }

    public static void PostgresOptions(DomainBuilder domain, string connectionString)
    {
        domain.UsePostgres(options =>
        {
            options.ConnectionString = connectionString;
            options.Schema = "inventory";
            options.Configure = source => source.UsePeriodicPasswordProvider(
                (_, cancellation) => FetchTokenAsync(cancellation), TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(5));
        });
    }

    public static async Task ExportAsync(Action<DomainBuilder> declare)
    {
        await using var domain = Domain.Create("inventory", declare);
        await File.WriteAllTextAsync("inventory.sql", PostgresEventStore.ExportSchema(domain.Model.Store, schema: "protean"));
    }

    public static void BehindAPooler(DomainBuilder domain, string connectionString)
    {
        domain.UsePostgres(options =>
        {
            options.ConnectionString = connectionString;
            options.PreparedStatements = false;      // unless the pooler carries prepared statements over
            options.Listen = false;                  // LISTEN needs a session of its own
            options.PollInterval = TimeSpan.FromMilliseconds(250);
        });
    }

    public static async Task<CommitResult> CommitOnceAsync(IEventStore store, StreamName stream, IReadOnlyList<NewMessage> messages, CancellationToken cancellationToken)
    {
        var commit = new Commit { Id = Guid.CreateVersion7(), Appends = [new(stream, ExpectedVersion.Any, messages)] };
        try
        {
            return await store.CommitAsync(commit, cancellationToken);
        }
        catch (CommitOutcomeUnknownException)
        {
            return await store.CommitAsync(commit, cancellationToken);   // later, when the server is back; the same commit, with the same id
        }
    }

    public static async Task ProcessOnceAsync(IDomain domain, PlaceOrder command, string orderNumber)
    {
        await domain.ProcessAsync(command, new CommandOptions { IdempotencyKey = orderNumber });
    }

    public static void WithSql(DomainBuilder domain)
    {
        domain.CommandHandler<Order>().On<PlaceOrder>((command, context) =>
        {
            context.Repository<Order>().Add(Order.Place(command));
            context.OnCommit(async (connection, transaction, cancellationToken) =>
            {
                await using var insert = connection.CreateCommand();
                insert.Transaction = transaction;
                insert.CommandText = "insert into order_report (order_id) values (@id)";
                var id = insert.CreateParameter();
                (id.ParameterName, id.Value) = ("id", command.OrderId);
                insert.Parameters.Add(id);
                await insert.ExecuteNonQueryAsync(cancellationToken);
            });
        });
    }

    public static async Task VerifyAsync(Domain domain, CancellationToken cancellationToken)
    {
        await foreach (var finding in domain.Maintenance.VerifyAsync(cancellationToken))
            Console.WriteLine($"{finding.Problem} {finding.Subject}: {finding.Detail}");
    }

    public static async Task<long> ShortenAsync(Domain domain)
    {
        var removed = await domain.Maintenance.TruncateAsync<Order>("order-1");          // its state becomes a baseline, the history before it is gone
        await domain.Maintenance.ArchiveAsync<Order>("order-1");                         // closed: not found any more, its messages no longer in the log
        return removed;
    }

    public static async Task<StreamStatistics?> CountAsync(Domain domain)
    {
        foreach (var category in await domain.Store.ListCategoriesAsync())
            Console.WriteLine($"{category.Category}: {category.Streams} streams, {category.Messages} messages, the last at {category.LastPosition}");

        string? after = null;
        while (await domain.Store.ListStreamsAsync("inventory::order", after, take: 500) is { Count: > 0 } page)
        {
            foreach (var stream in page.Where(s => s.Count > 10_000))
                Console.WriteLine($"{stream.Stream}: {stream.Count} messages from {stream.FirstTime:u} to {stream.LastTime:u}");
            after = page[^1].Stream.Value;
        }

        var one = await domain.Store.GetStreamStatisticsAsync(StreamName.Parse("inventory::order-1"));
        return one;
    }

    public static async Task<IReadOnlyList<StoredMessage>> TraceAsync(Domain domain, Guid messageId, string correlationId)
    {
        var effects = await domain.EffectsAsync(messageId);              // the message, and everything that followed from it

        var page = await domain.Store.ReadCorrelationAsync(correlationId, after: 0, maxCount: 1_000);
        var causes = page.Messages.ToLookup(m => m.Metadata.CausationId);
        void Print(StoredMessage message, int depth)
        {
            Console.WriteLine($"{new string(' ', 2 * depth)}{message.GlobalPosition} {message.Type} in {message.Stream}");
            foreach (var effect in causes[message.Id])
                Print(effect, depth + 1);
        }

        var known = page.Messages.Select(m => (Guid?)m.Id).ToHashSet();
        foreach (var root in page.Messages.Where(m => !known.Contains(m.Metadata.CausationId)))
            Print(root, 0);
        return effects;
    }

    private static ValueTask<string> FetchTokenAsync(CancellationToken cancellationToken) => ValueTask.FromResult("");
}
