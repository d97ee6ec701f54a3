using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Nodes;

/// <summary>Two processes on one SQLite file: one handles everything, the other stands by.</summary>
public sealed class StandbyTests : IAsyncLifetime
{
    private const int HangLimit = 30_000;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("protean-standby-");
    private readonly ConcurrentQueue<string> _handled = new();
    private readonly List<IAsyncDisposable> _open = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = HangLimit)]
    public async Task SecondNode_StandsBy_AndTakesOverWhenTheFirstStops()
    {
        var (shop, first) = await NodeAsync("first");
        await Until(() => Owned(first) == 4);
        var (_, second) = await NodeAsync("second");
        await Until(() => second.Status.IsReady);
        await shop.Repository<Order>().SaveAsync(Order.Place("o1"), Cancellation);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        (Owned(first), Owned(second)).ShouldBe((4, 0));

        await first.StopAsync(Cancellation);
        await Until(() => Owned(second) == 4);
        await shop.Repository<Order>().SaveAsync(Order.Place("o2"), Cancellation);
        await second.WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe(["first o1", "second o2"]);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var open in Enumerable.Reverse(_open))
            await open.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static int Owned(DomainEngine engine) => engine.Status.Subscriptions.Sum(s => s.Partitions.Count);

    private static async Task Until(Func<bool> condition)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition())
            await look.WaitForNextTickAsync(Cancellation);
    }

    private async Task<(Domain Shop, DomainEngine Engine)> NodeAsync(string node)
    {
        var shop = Domain.Create("shop", domain =>
        {
            domain.Aggregate<Order>();
            domain.EventHandler<Order>().Partitions(4).On<OrderPlaced>((e, _) => _handled.Enqueue($"{node} {e.OrderId}"));
            domain.UseSqlite(Path.Combine(_directory.FullName, "shop.db"));
        });
        var engine = new DomainEngine(shop, o => o.Node = node);
        _open.Add(shop);
        _open.Add(engine);
        await engine.StartAsync(Cancellation);
        return (shop, engine);
    }
}
