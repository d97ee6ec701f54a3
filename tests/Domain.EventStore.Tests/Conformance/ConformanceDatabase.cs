using Protean.EventStore.Conformance;
using Protean.EventStore.TestServer;
using Xunit;

namespace Protean.EventStore.Tests.Conformance;

/// <summary>The database of a test class, copied from a template that has the schema already. Each store after the first gets a schema of its own.</summary>
public sealed class ConformanceDatabase : IAsyncLifetime
{
    private TestDatabase? _database;
    private int _stores;

    public string ConnectionString => _database!.ConnectionString;

    public string NextSchema() => Interlocked.Increment(ref _stores) is var number && number == 1 ? "protean" : $"protean_{number}";

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateFromTemplateAsync("conformance", PrepareAsync);

    public ValueTask DisposeAsync() => _database?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static async Task PrepareAsync(string connectionString)
    {
        await using var store = new PostgresEventStore(new() { ConnectionString = connectionString });
        await store.InitializeAsync(Sample.Definition);
    }
}
