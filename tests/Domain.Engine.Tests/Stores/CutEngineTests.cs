using System.Collections.Concurrent;
using Npgsql;
using Protean.Engine;
using Protean.EventStore.Tests.Writing;
using Protean.EventStore.TestServer;
using Protean.Storage;
using Protean.Tests.Failures;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Stores;

/// <summary>The engine's connection is lost around a commit: nothing of what it delivers is lost, and nothing is done twice.</summary>
public sealed class CutEngineTests : FailingShop, IClassFixture<ShopDatabase>
{
    private const int Orders = 10;

    private readonly ProxiedShop _stores;
    private readonly ConcurrentQueue<string> _handled = new();

    public CutEngineTests(ShopDatabase database) : this(new ProxiedShop(database))
    {
    }

    private CutEngineTests(ProxiedShop stores) : base(stores) => _stores = stores;

    private TcpProxy Proxy => _stores.Proxy;

    public static TheoryData<Cut> AllCuts => new(Enum.GetValues<Cut>());

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(AllCuts))]
    public async Task Commit_CutAnywhere_IsDoneOnce(Cut cut)
    {
        var engine = await EngineBehindAsync(TimeSpan.FromSeconds(30));
        var rule = cut.Apply(Proxy);

        await PlaceAsync(Shop(domain => domain.Event<OrderPlaced>()), Orders);
        await PassUntil(() => rule.Met.IsCompleted);
        await AllIsDoneOnceAsync(engine);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Commit_WhoseOutcomeNobodyCanTell_IsDoneOnceWhenTheServerIsBack(bool arrives)
    {
        var engine = await EngineBehindAsync(TimeSpan.FromMilliseconds(300));
        var rule = BatchRule.OnBatch(Proxy, _ => arrives ? ProxyAction.CutAfter() : ProxyAction.CutBefore(), thenRefuse: true);

        await PlaceAsync(Shop(domain => domain.Event<OrderPlaced>()), Orders);
        await rule.Met.WaitAsync(Cancellation);
        await Until(() => Log.Lines.Any(l => l is { Id: 2003, Error: CommitOutcomeUnknownException }));
        Proxy.Refuse = false;

        await AllIsDoneOnceAsync(engine);
        await PassUntil(() => Log.Lines.Any(l => l.Id == 2004));
        await PassUntil(() => engine.Status.Subscriptions.Single().Partitions is [{ State: PartitionState.Idle }]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_CutAgainAndAgain_IsDoneOnce()
    {
        var engine = await EngineBehindAsync(TimeSpan.FromSeconds(30));
        var other = Shop(domain => domain.Event<OrderPlaced>());
        for (var n = 1; n <= Orders; n++)
        {
            var rule = (n % 2 == 0 ? Cut.AnswerLost : Cut.HalfSent).Apply(Proxy);
            await PlaceAsync(other, 1, _ => $"o{n}");
            await PassUntil(() => rule.Met.IsCompleted);
        }

        await AllIsDoneOnceAsync(engine);
    }

    private async Task<DomainEngine> EngineBehindAsync(TimeSpan settle)
    {
        var shop = Shop(
            domain =>
            {
                domain.Aggregate<Note>();
                domain.EventHandler<Inventory>().Named("withdraw").StreamCategory<Order>().On<OrderPlaced>(async (e, context) =>
                {
                    (await context.Repository<Inventory>().GetAsync(e.BookId, context.CancellationToken)).Withdraw(1);
                    _handled.Enqueue(e.OrderId);
                });
            },
            _ => _stores.OpenProxied(settle));
        await Shop(_ => { }).Repository<Inventory>().SaveAsync(Inventory.Of("b1", 100), Cancellation);
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        return engine;
    }

    private async Task AllIsDoneOnceAsync(DomainEngine engine)
    {
        var head = (await Store.ReadLogAsync(new() { After = 0, MaxCount = 1000, Categories = ["shop::order"] }, Cancellation)).Messages[^1].GlobalPosition;
        await PassUntil(async () => (await Store.GetCheckpointAsync(new("shop::withdraw", 0), Cancellation))?.Position >= head);
        _handled.Distinct().ShouldBe(Enumerable.Range(1, Orders).Select(n => $"o{n}"));
        (await Shop(_ => { }).Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(Orders);
        var log = await Store.ReadLogAsync(new() { After = 0, MaxCount = 1000, Categories = ["shop::inventory"] }, Cancellation);
        log.Messages.Count.ShouldBe(Orders);
        (await RecordsAsync()).ShouldBeEmpty();
        engine.Status.IsRunning.ShouldBeTrue();
    }

    /// <summary>A shop with a second way to its data, which can be cut.</summary>
    private sealed class ProxiedShop : IShopStore
    {
        private readonly PostgresShop _shop;
        private readonly string _way;

        public ProxiedShop(ShopDatabase database)
        {
            _shop = new(database);
            var server = new NpgsqlConnectionStringBuilder(database.ConnectionString);
            Proxy = TcpProxy.Start(new System.Net.DnsEndPoint(server.Host!, server.Port));
            _way = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Host = "127.0.0.1", Port = Proxy.Port, SslMode = SslMode.Disable }.ConnectionString;
        }

        public TcpProxy Proxy { get; }

        public IEventStore Open() => _shop.Open();

        /// <summary>One writer whose statements go out as text, so that the proxy knows them.</summary>
        public IEventStore OpenProxied(TimeSpan settle) =>
            _shop.Open(_way, options => (options.Writers, options.PreparedStatements, options.SettleTimeout) = (1, false, settle));

        public ValueTask DisposeAsync() => Proxy.DisposeAsync();
    }
}
