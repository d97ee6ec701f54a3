using Microsoft.Extensions.DependencyInjection;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests;

public sealed record ArticleCreated(int ArticleId, int AuthorId) : IDomainEvent;

public sealed record ArticleCommentAdded(int ArticleId) : IDomainEvent;

public sealed record ArticleFavorited(int UserId, int ArticleId) : IDomainEvent;

public sealed record UserFollowed(int UserId) : IDomainEvent;

public sealed record Tagged(int ArticleId, IReadOnlyList<string> Tags) : IDomainEvent;

public sealed class RecordingEventBusTests
{
    [Fact]
    public async Task Scenario_InProcess_I71_WhatIsPublished_ReachesTheHandlerAndTheHistory()
    {
        await using var bus = new RecordingEventBus();
        ArticleCreated? got = null;
        bus.Subscribe<ArticleCreated>(e => got = e);
        var published = new ArticleCreated(1, 2);

        await bus.PublishAsync(published);

        got.ShouldBeSameAs(published);
        bus.Published.ShouldHaveSingleItem().ShouldBeSameAs(published);
        bus.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Scenario_InProcess_I72_TheHistory_IsFilteredByType()
    {
        await using var bus = new RecordingEventBus();
        await bus.PublishAsync(new ArticleCreated(1, 2));
        await bus.PublishAsync(new ArticleCommentAdded(1));
        await bus.PublishAsync(new UserFollowed(2));

        bus.Of<ArticleCreated>().Count.ShouldBe(1);
        bus.Of<ArticleCommentAdded>().Count.ShouldBe(1);
        bus.Of<UserFollowed>().Count.ShouldBe(1);
        bus.Of<IDomainEvent>().Count.ShouldBe(3);
        bus.Published.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Scenario_InProcess_I73_AnAssertion_LooksAtTheValuesThatItNames()
    {
        await using var bus = new RecordingEventBus();
        await bus.PublishAsync(new ArticleFavorited(123, 456));

        bus.ShouldHavePublished<ArticleFavorited>(e => e.UserId == 123 && e.ArticleId == 456);
        bus.ShouldHavePublished<ArticleFavorited>(e => e.ArticleId == 456);
        bus.ShouldHavePublished(new ArticleFavorited(123, 456));
        Should.Throw<DomainAssertionException>(() => bus.ShouldHavePublished<ArticleFavorited>(e => e.ArticleId == 999));
        Should.Throw<DomainAssertionException>(() => bus.ShouldHavePublished<ArticleCreated>());
    }

    [Fact]
    public async Task ShouldHavePublished_AConditionThatNothingMeets_ShowsItBesideWhatThereIs()
    {
        await using var bus = new RecordingEventBus();
        await bus.PublishAsync(new ArticleFavorited(123, 456));

        var message = Should.Throw<DomainAssertionException>(() => bus.ShouldHavePublished<ArticleFavorited>(e => e.ArticleId == 999)).Message;

        message.ShouldStartWith("No ArticleFavorited where e => e.ArticleId == 999 was published.");
        message.ShouldContain("| ArticleFavorited {");
        message.ShouldContain("\"articleId\": 456", Case.Insensitive);
    }

    [Fact]
    public async Task ShouldHavePublished_SeveralInOrder_LetsOthersStandBetween()
    {
        await using var bus = new RecordingEventBus();
        foreach (var n in new[] { 1, 2, 3 })
            await bus.PublishAsync(new UserFollowed(n));
        await bus.PublishAsync(new Tagged(1, ["a", "b"]));

        bus.ShouldHavePublished(new UserFollowed(1), new UserFollowed(3), new Tagged(1, ["a", "b"]));
        var message = Should.Throw<DomainAssertionException>(() => bus.ShouldHavePublished(new UserFollowed(3), new UserFollowed(1))).Message;
        message.ShouldContain("not all that were expected are there in this order");
        message.ShouldContain("  ! ");
    }

    [Fact]
    public async Task ShouldHavePublishedOnly_AnythingElse_IsShownSideBySide()
    {
        await using var bus = new RecordingEventBus();
        await bus.PublishAsync(new UserFollowed(1));
        await bus.PublishAsync(new UserFollowed(2));

        bus.ShouldHavePublishedOnly(new UserFollowed(1), new UserFollowed(2));
        Should.Throw<DomainAssertionException>(() => bus.ShouldHavePublishedOnly(new UserFollowed(1)))
            .Message.ShouldStartWith("The published events differ: 1 was expected, and there are 2.");
    }

    [Fact]
    public async Task ShouldNotHavePublished_WhatWasPublished_IsShown()
    {
        await using var bus = new RecordingEventBus();
        await bus.PublishAsync(new UserFollowed(7));

        bus.ShouldNotHavePublished<ArticleCreated>();
        bus.ShouldNotHavePublished<UserFollowed>(e => e.UserId == 8);
        var message = Should.Throw<DomainAssertionException>(() => bus.ShouldNotHavePublished<UserFollowed>()).Message;
        message.ShouldStartWith("No UserFollowed was to be published.");
        message.ShouldContain("7");
        bus.Clear();
        bus.ShouldNotHavePublished<UserFollowed>();
    }

    [Fact]
    public async Task Deliver_Off_KeepsWhatIsPublishedAndNobodyHears()
    {
        await using var bus = new RecordingEventBus(deliver: false);
        var heard = 0;
        bus.Subscribe<UserFollowed>(_ => { heard++; });

        await bus.PublishAsync(new UserFollowed(1));

        (heard, bus.Count).ShouldBe((0, 1));
    }

    [Fact]
    public async Task Publish_FromManyThreads_LosesNothing()
    {
        await using var bus = new RecordingEventBus();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(async () =>
        {
            for (var n = 0; n < 500; n++)
            {
                await bus.PublishAsync(new UserFollowed(n));
                _ = bus.Published.Count;
            }
        })));

        bus.Count.ShouldBe(4000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AddRecordingEventBus_BeforeOrAfterTheDomain_TakesThePlaceOfItsBus(bool before)
    {
        var heard = 0;
        var services = new ServiceCollection();
        if (before)
            services.AddRecordingEventBus();
        services.AddDomain("shop", domain => domain.UseInMemory().Bus(bus => bus.Subscribe<UserFollowed>(_ => { heard++; })));
        if (!before)
            services.AddRecordingEventBus();
        await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        var unit = provider.GetRequiredService<Domain>().BeginUnitOfWork();
        unit.Publish(new UserFollowed(2));

        await provider.GetRequiredService<IEventBus>().PublishAsync(new UserFollowed(1));
        await unit.CommitAsync();

        provider.GetRequiredService<RecordingEventBus>().ShouldHavePublishedOnly(new UserFollowed(1), new UserFollowed(2));
        heard.ShouldBe(2);
    }

    [Fact]
    public async Task TestDomain_ItsBus_IsTheOneThatIsInjected()
    {
        await using var test = Bookshop.Create(domain => domain.EventHandler<Order>().Inline().Use<Follower>());

        await test.Domain.ProcessAsync(new PlaceOrder("o-1", "b-1", 1));

        test.Bus.ShouldHavePublishedOnly(new UserFollowed(1));
    }

    private sealed class Follower(IEventBus bus) : IHandle<OrderPlaced>
    {
        public Task HandleAsync(OrderPlaced message, HandlerContext context) => bus.PublishAsync(new UserFollowed(message.Quantity)).AsTask();
    }
}
