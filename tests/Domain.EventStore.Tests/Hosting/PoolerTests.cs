using System.Collections.Concurrent;
using System.Text;
using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.EventStore.Tests.Writing;
using Protean.EventStore.TestServer;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Hosting;

/// <summary>
/// Behind a pooler in transaction mode every transaction may run in another session of the server: nothing may be sent that the next
/// transaction would miss.
/// </summary>
public sealed class PoolerTests(ConformanceDatabase database) : ProxiedTests(database)
{
    private readonly ConcurrentQueue<string> _sent = new();

    [Fact(Timeout = HangLimit)]
    public async Task WithoutPreparedStatementsAndListening_EverythingWorksAndNothingOutlivesItsTransaction()
    {
        Proxy.Rule = Record;
        var store = await OpenAsync(Pooled);

        await UseAsync(store);

        var sent = string.Concat(_sent).ToLowerInvariant();
        sent.ShouldContain("pg_advisory_xact_lock");
        foreach (var lasting in new[] { "_auto", "_p1", "listen ", "pg_advisory_lock", "pg_try_advisory_lock", "set session", "create temp", "with hold" })
            sent.ShouldNotContain(lasting);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Default_PreparesAndListens()
    {
        Proxy.Rule = Record;
        var store = await OpenAsync();

        await UseAsync(store);

        var sent = string.Concat(_sent).ToLowerInvariant();
        sent.ShouldContain("_auto");
        sent.ShouldContain("listen ");
    }

    [Fact(Timeout = HangLimit)]
    public async Task WithoutListening_CommitsOfOthers_AreFoundByPolling()
    {
        var (waiter, other) = (await OpenAsync(Pooled), await OpenAsync(Pooled));
        var waiting = waiter.WaitForAppendAsync(0, Cancellation).AsTask();

        await other.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.NoStream, Sample.Message()), Cancellation);

        (await waiting).ShouldBe(1);
    }

    private static void Pooled(PostgresStoreOptions options) =>
        (options.PreparedStatements, options.Listen, options.PollInterval) = (false, false, TimeSpan.FromMilliseconds(50));

    /// <summary>A little of everything, as often as it takes until statements are prepared.</summary>
    private static async Task UseAsync(PostgresEventStore store)
    {
        for (var n = 1; n <= 4; n++)
        {
            var stream = Sample.StreamOf($"{n}");
            var head = (await store.CommitAsync(
                new() { Id = Guid.CreateVersion7(), Appends = [new(stream, ExpectedVersion.NoStream, Sample.Messages(3))], Documents = [Sample.Document($"d{n}")], Keys = [Sample.Key($"k{n}")] },
                Cancellation)).Head;
            await store.CommitAsync(new() { UserWork = [UserWork.Of("select 1")], Checkpoints = [new(new("handler"), 5 * (n - 1), 5 * n, 0)] }, Cancellation);
            await store.HeartbeatAsync(new("a", TimeSpan.FromMinutes(1)), Cancellation);
            (await store.ReadLogAsync(new() { After = 0, MaxCount = 100 }, Cancellation)).Head.ShouldBe(head);
            (await store.LoadDocumentAsync(new(Sample.Carts, $"d{n}"), Cancellation)).ShouldNotBeNull();
            await store.TruncateStreamAsync(stream, 1, Sample.Message(kind: MessageKind.Baseline), Cancellation);
            var waiting = store.WaitForAppendAsync(head, Cancellation).AsTask();
            await store.ArchiveStreamAsync(stream, 2, Sample.Message(kind: MessageKind.Tombstone), Cancellation);
            (await waiting).ShouldBe(head + 1);
        }
    }

    private ProxyAction Record(ProxyConnection connection, ProxyDirection direction, ReadOnlyMemory<byte> bytes)
    {
        if (direction == ProxyDirection.ToServer)
            _sent.Enqueue(Encoding.Latin1.GetString(bytes.Span));
        return ProxyAction.Forward;
    }
}
