using Npgsql;
using Protean.EventStore.Conformance;
using Protean.Storage;

namespace Protean.EventStore.Tests.Conformance;

internal sealed class PostgresHarness(ConformanceDatabase database) : IStoreHarness
{
    public async Task<IEventStore> CreateAsync(StoreDefinition definition, CancellationToken cancellationToken)
    {
        var store = new PostgresEventStore(new() { ConnectionString = database.ConnectionString, Schema = database.NextSchema(), PollInterval = TimeSpan.FromMilliseconds(100) });
        await store.InitializeAsync(definition, cancellationToken);
        return store;
    }

    /// <summary>The clock is the database's, so the database is asked to let the time go by.</summary>
    public async Task AdvanceClockAsync(TimeSpan span, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var command = source.CreateCommand("select pg_sleep($1)");
        command.Parameters.Add(new NpgsqlParameter<double> { TypedValue = span.TotalSeconds });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
