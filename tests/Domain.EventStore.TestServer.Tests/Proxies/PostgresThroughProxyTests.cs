using System.Net;
using System.Text;
using Npgsql;
using Shouldly;
using Xunit;

namespace Protean.EventStore.TestServer.Tests;

/// <summary>The cuts that a store of PostgreSQL has to live through, with the real client and server.</summary>
public sealed class PostgresThroughProxyTests : IAsyncLifetime
{
    private const string Insert = "insert into kept values (7)";

    private TestDatabase _database = null!;
    private TcpProxy _proxy = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateFromTemplateAsync("proxy", c => Sql.RunAsync(c, "create table kept(x int)"));
        var server = new NpgsqlConnectionStringBuilder(_database.ConnectionString);
        _proxy = TcpProxy.Start(new DnsEndPoint(server.Host!, server.Port));
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task CutAfter_Statement_IsCommittedThoughTheClientHearsNothing()
    {
        _ = On(Insert, ProxyAction.CutAfter());

        await Should.ThrowAsync<NpgsqlException>(InsertAsync);

        await CommittedAsync();
    }

    [Fact]
    public async Task CutBefore_Statement_IsNotCommitted()
    {
        _ = On(Insert, ProxyAction.CutBefore());

        await Should.ThrowAsync<NpgsqlException>(InsertAsync);

        (await CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Hold_ClientGone_CommitsWhenReleased()
    {
        var met = On(Insert, ProxyAction.Hold);
        var inserting = InsertAsync();
        var connection = await met;
        await connection.Held;
        connection.Cut(ProxySides.Client);
        await Should.ThrowAsync<NpgsqlException>(() => inserting);
        (await CountAsync()).ShouldBe(0);

        connection.Release();

        await CommittedAsync();
    }

    private string Proxied => new NpgsqlConnectionStringBuilder(_database.ConnectionString)
    {
        Host = "127.0.0.1",
        Port = _proxy.Port,
        SslMode = SslMode.Disable,
    }.ConnectionString;

    private Task InsertAsync() => Sql.RunAsync(Proxied, Insert);

    private async Task<long> CountAsync() => (long)(await Sql.RunAsync(_database.ConnectionString, "select count(*) from kept"))!;

    /// <summary>The client cannot know when the server is done; the rows tell, in time.</summary>
    private async Task CommittedAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        while (await CountAsync() == 0)
            await timer.WaitForNextTickAsync(patience.Token);
    }

    /// <summary>Done when the rule has met the text.</summary>
    private Task<ProxyConnection> On(string text, ProxyAction action)
    {
        var met = new TaskCompletionSource<ProxyConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        _proxy.Rule = (connection, direction, bytes) =>
        {
            if (direction == ProxyDirection.ToClient || !Encoding.UTF8.GetString(bytes.Span).Contains(text, StringComparison.Ordinal))
                return ProxyAction.Forward;
            met.TrySetResult(connection);
            return action;
        };
        return met.Task;
    }
}
