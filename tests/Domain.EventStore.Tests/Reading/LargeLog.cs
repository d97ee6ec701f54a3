using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.EventStore.TestServer;
using Xunit;

namespace Protean.EventStore.Tests.Reading;

/// <summary>A database with 100,000 messages in 5,000 streams of ten categories, and 100,000 documents.</summary>
public sealed class LargeLog : IAsyncLifetime
{
    public const int Count = 100_000;

    private TestDatabase? _database;

    public string ConnectionString => _database!.ConnectionString;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        await using var store = new PostgresEventStore(new() { ConnectionString = ConnectionString });
        await store.InitializeAsync(Sample.Definition);
        await using var sql = new Sql(ConnectionString);
        var carts = await sql.ScalarAsync<string>($"select 'protean.' || table_name from protean.collections where name = '{Sample.Carts}'");
        await sql.RunAsync($$"""
            insert into protean.messages (global_position, stream, position, category, partition_hash, id, type, kind, time, correlation_id, body)
            select n + 1, format('shop::c%s-%s', n % 10, n % 5000), n / 5000, 'shop::c' || n % 10, n % 64, ('00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Shop.T' || n % 7, 1,
                timestamptz '2026-01-01' + n * interval '1 second', 'correlation-' || n / 10, '{"n":1}'
            from generate_series(0, {{Count - 1}}) n;
            update protean.messages set category = 'shop::rare', stream = 'shop::rare-' || global_position, position = 0 where global_position > {{Count - 10}};
            insert into {{carts}} select 0, 'd' || n, 1, 'v1', jsonb_build_object('total', n, 'email', 'e' || n) from generate_series(1, {{Count}}) n;
            analyze
            """);
    }

    public ValueTask DisposeAsync() => _database?.DisposeAsync() ?? ValueTask.CompletedTask;
}
