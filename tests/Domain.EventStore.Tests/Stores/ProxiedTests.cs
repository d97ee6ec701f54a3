using Npgsql;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.TestServer;

namespace Protean.EventStore.Tests.Stores;

/// <summary>Tests whose stores reach the server through a proxy that can cut and hold what passes.</summary>
public abstract class ProxiedTests : PostgresTests
{
    protected ProxiedTests(ConformanceDatabase database)
        : base(database)
    {
        var server = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        Proxy = Track(TcpProxy.Start(new System.Net.DnsEndPoint(server.Host!, server.Port)));
        ConnectionString = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Host = "127.0.0.1", Port = Proxy.Port, SslMode = SslMode.Disable }.ConnectionString;
    }

    protected TcpProxy Proxy { get; }

    protected override string ConnectionString { get; }

    /// <summary>A store with one writer, whose statements go out as text, so that the proxy knows them.</summary>
    protected Task<PostgresEventStore> OpenProxiedAsync(TimeSpan? settle = null) => OpenAsync(options =>
    {
        options.Writers = 1;
        options.PreparedStatements = false;
        options.SettleTimeout = settle ?? TimeSpan.FromSeconds(30);
    });
}
