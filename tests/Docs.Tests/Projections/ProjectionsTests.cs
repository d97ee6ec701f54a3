using System.Reflection;
using Protean.Docs.Guides;
using Protean.Docs.Shop;
using Protean.Engine;
using Shouldly;
using Xunit;

namespace Protean.Docs.Projections;

/// <summary>What the guide to projections says happens.</summary>
public sealed class ProjectionsTests : IDisposable
{
    private const int HangLimit = 60_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("projections-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Guide_ListsEveryMethodOfTheBuilder() =>
        Document.Read("docs/guides/projections.md").Table("Methods and options").Select(row => row[0].Trim('`').TrimStart('.').Split('(')[0].Split('<')[0]).Distinct()
            .ShouldBe(typeof(ProjectionBuilder<>).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Select(m => m.Name).Distinct(), ignoreOrder: true);

    [Fact(Timeout = HangLimit)]
    public async Task View_OfSeveralCategories_IsReadAfterTheWait()
    {
        await using var shop = Open(ProjectionsExample.Declare);
        await using var engine = new DomainEngine(shop);
        await engine.StartAsync(Cancellation);
        await shop.Repository<Inventory>().SaveAsync(Inventory.Count("dune", 100), Cancellation);

        (await ProjectionsExample.ReadYourOwnWriteAsync(shop, engine, Cancellation)).ShouldBe(new StockLevel("dune", 100, 10));
        ProjectionsExample.StalenessOf(engine).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task View_ThatIsInline_IsThereWithTheEvent_AndGoesWithIt()
    {
        await using var shop = Open(ProjectionsExample.Declare);
        await shop.ProcessAsync(new PlaceOrder("o-1", "dune", 10), Cancellation);
        await shop.ProcessAsync(new PlaceOrder("o-2", "dune", 20), Cancellation);
        await shop.ProcessAsync(new PlaceOrder("o-3", "dune", 1), Cancellation);

        (await ProjectionsExample.LargestAsync(shop.View<OpenOrder>(), Cancellation)).Select(o => o.OrderId).ShouldBe(["o-2", "o-1"]);
        await shop.ProcessAsync(new ShipOrder("o-2"), Cancellation);
        (await shop.View<OpenOrder>().GetAsync("o-2", Cancellation)).ShouldBeNull();
        (await shop.View<OpenOrder>().CountAsync(cancellationToken: Cancellation)).ShouldBe(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Rebuild_TellsHowFarItHasCome_AndLeavesTheSameDocuments()
    {
        await using var shop = Open(ProjectionsExample.Declare);
        await using var engine = new DomainEngine(shop);
        await engine.StartAsync(Cancellation);
        await shop.Repository<Inventory>().SaveAsync(Inventory.Count("dune", 100), Cancellation);
        var before = await ProjectionsExample.ReadYourOwnWriteAsync(shop, engine, Cancellation);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var log = new Telling(told);

        await ProjectionsExample.RebuildAsync(engine, log, Cancellation);

        await told.Task.WaitAsync(Cancellation);
        (await shop.View<StockLevel>().GetAsync("dune", Cancellation)).ShouldBe(before);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Rebuild_OfAnInlineProjection_IsRefused()
    {
        await using var shop = Open(ProjectionsExample.Declare);
        await using var engine = new DomainEngine(shop);
        await engine.StartAsync(Cancellation);

        (await Should.ThrowAsync<InvalidOperationException>(() => engine.RebuildAsync<OpenOrder>(cancellationToken: Cancellation))).Message.ShouldContain("without Inline()");
    }

    [Fact(Timeout = HangLimit)]
    public async Task NextVersion_IsBuiltFromTheLog()
    {
        await using (var shop = Open(ProjectionsExample.Declare))
        {
            await using var engine = new DomainEngine(shop);
            await engine.StartAsync(Cancellation);
            await shop.ProcessAsync(new PlaceOrder("o-0", "dune", 5), Cancellation);
            (await ProjectionsExample.ReadYourOwnWriteAsync(shop, engine, Cancellation)).ShouldBe(new StockLevel("dune", 0, 15));
        }

        await using var next = Open(ProjectionsExample.NextVersion);
        await using var nextEngine = new DomainEngine(next);
        await nextEngine.StartAsync(Cancellation);

        using var glances = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await next.View<StockLevel>().GetAsync("dune", Cancellation) != new StockLevel("dune", 0, 2))
            await glances.WaitForNextTickAsync(Cancellation);
    }

    private Domain Open(Action<DomainBuilder> declare) => Domain.Create("shop", domain =>
    {
        domain.Aggregate<Order>();
        domain.Aggregate<Inventory>();
        domain.CommandHandler<Order>()
            .On<PlaceOrder>((command, context) => context.Repository<Order>().Add(Order.Place(command)))
            .On<ShipOrder>(c => c.OrderId, (order, _) => order.Ship());
        declare(domain);
        domain.UseSqlite(Path.Combine(_folder.FullName, "shop.db"));
    });

    /// <summary>Hears the end of a rebuild.</summary>
    private sealed class Telling(TaskCompletionSource told) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            if (value!.StartsWith("100", StringComparison.Ordinal))
                told.TrySetResult();
        }
    }
}
