using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.EventStore.TestServer;
using Protean.EventStore.Waking;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Waking;

public sealed class ListenerTests(ConformanceDatabase database) : ProxiedTests(database)
{
    private static readonly byte[] _probe = Encoding.UTF8.GetBytes("select 1\0");

    private readonly TaskCompletionSource<ProxyConnection> _probed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact(Timeout = HangLimit)]
    public async Task WaitAsync_NotifiedWhileItAsksWhetherTheConnectionIsThere_Looks()
    {
        var store = await OpenAsync(static made => made.Listen = false);
        var options = new PostgresStoreOptions { ConnectionString = ConnectionString, Schema = Schema, PollInterval = TimeSpan.FromHours(10) };
        await using var listening = new PostgresDatabase(options);
        await using var news = new AppendNews(listening, options, TimeProvider.System, NullLogger.Instance, silence: TimeSpan.FromMilliseconds(200));
        Proxy.Rule = HoldFirstProbe;
        var waiting = news.WaitAsync(0, Cancellation).AsTask();
        var connection = await _probed.Task;
        await connection.Held;

        await store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.NoStream, Sample.Message()), Cancellation);
        await Sql.RunAsync($"select pg_notify('protean_{Schema}', '1')");
        connection.Release();

        (await waiting).ShouldBe(1);
    }

    private ProxyAction HoldFirstProbe(ProxyConnection connection, ProxyDirection direction, ReadOnlyMemory<byte> bytes)
    {
        if (direction != ProxyDirection.ToServer || bytes.Span.IndexOf(_probe) < 0 || !_probed.TrySetResult(connection))
            return ProxyAction.Forward;
        return ProxyAction.Hold;
    }
}
