using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Protean.Storage;
using Protean.Testing;
using Protean.Tests.Processing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Bus;

/// <summary>A stop finishes what goes on, within a limit, and nothing reaches anybody afterwards.</summary>
public sealed class StopTests
{
    private const int HangLimit = 30_000;

    private int _handled;

    [Fact(Timeout = HangLimit)]
    public async Task Stop_TheQueues_AreFinished()
    {
        await using var test = new TestBus();
        var door = new Door();
        Count(test.Bus, door, new() { Background = true });
        for (var n = 0; n < 10; n++)
            await test.Bus.PublishAsync(new ArticleCreated(n, 0));
        await door.ArrivedAsync();

        var stopping = test.StopAsync();
        stopping.IsCompleted.ShouldBeFalse();
        door.Open();
        await stopping;

        _handled.ShouldBe(10);
        test.Log.Lines.ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Stop_WhatIsBeingHandled_IsAwaitedWithWhatFollowsFromIt()
    {
        await using var test = new TestBus();
        var door = new Door();
        test.Bus.Subscribe<ArticleCreated>(async e =>
        {
            await door.PassAsync();
            await test.Bus.PublishAsync(new UserFollowed(e.AuthorId));
        });
        test.Bus.Subscribe<UserFollowed>(_ => { _handled++; });
        var publishing = test.Bus.PublishAsync(new ArticleCreated(1, 0)).AsTask();
        await door.ArrivedAsync();

        var stopping = test.StopAsync();
        door.Open();
        await stopping;
        await publishing;

        _handled.ShouldBe(1);
        test.Log.Lines.ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Stop_AfterTheLimit_CancelsTheRestAndSaysHowManyWereDropped()
    {
        var clock = new FakeClock();
        await using var test = new TestBus(bus => bus.DrainWithin(TimeSpan.FromSeconds(3)), clock);
        var (inBackground, inFront) = (new Door(), new Door());
        test.Bus.Subscribe<ArticleCreated>(
            async (_, token) =>
            {
                await inBackground.PassAsync(token);
                _handled++;
            },
            new() { Background = true });
        test.Bus.Subscribe<UserFollowed>((_, token) => inFront.PassAsync(token));
        for (var n = 0; n < 5; n++)
            await test.Bus.PublishAsync(new ArticleCreated(n, 0));
        await inBackground.ArrivedAsync();
        var publishing = test.Bus.PublishAsync(new UserFollowed(1)).AsTask();
        await inFront.ArrivedAsync();

        var stopping = test.StopAsync();
        clock.Advance(TimeSpan.FromSeconds(3));
        await stopping;
        await publishing;

        _handled.ShouldBe(0);
        test.Log.Of(1102).ShouldHaveSingleItem().Text
            .ShouldBe("The event bus did not finish within 00:00:03: 4 events in queues were dropped, and 2 that were being handled are cancelled");
        test.Log.Of(1100).ShouldBeEmpty();
    }

    [Fact]
    public async Task Stop_WhatIsPublishedAfterIt_IsLoggedAndReachesNobody()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleCreated>(_ => { _handled++; });

        await test.StopAsync();
        await test.StopAsync();
        await test.Bus.PublishAsync(new ArticleCreated(1, 0));

        _handled.ShouldBe(0);
        test.Log.Of(1101).ShouldHaveSingleItem().Text.ShouldBe("ArticleCreated (Domain) was published after the event bus had stopped, and reaches nobody");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Stop_OfTheHost_DrainsWhenEverythingElseHasStopped()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var door = new Door();
        builder.Services.AddHostedService<LastWords>();
        builder.Services.AddEventBus(bus => bus.Subscribe<ArticleCreated>(
            async _ =>
            {
                await door.PassAsync();
                _handled++;
            },
            new() { Background = true }));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);

        var stopping = host.StopAsync(TestContext.Current.CancellationToken);
        await door.ArrivedAsync();
        stopping.IsCompleted.ShouldBeFalse();
        door.Open();
        await stopping;

        _handled.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Dispose_OfADomainWithoutAHost_DrainsBeforeItsStoreIsGone()
    {
        var door = new Door();
        var domain = Bank.On(new InMemoryEventStore());
        domain.Bus.Subscribe<ArticleCreated>(
            async _ =>
            {
                await door.PassAsync();
                await domain.OpenAsync("late");
                _handled++;
            },
            new() { Background = true });
        await domain.Bus.PublishAsync(new ArticleCreated(1, 0));
        await door.ArrivedAsync();

        var disposing = domain.DisposeAsync().AsTask();
        door.Open();
        await disposing;

        _handled.ShouldBe(1);
    }

    private void Count(IEventBus bus, Door door, SubscriptionOptions options) => bus.Subscribe<ArticleCreated>(
        async _ =>
        {
            await door.PassAsync();
            _handled++;
        },
        options);

    /// <summary>Publishes when it is stopped.</summary>
    private sealed class LastWords(IEventBus bus) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => bus.PublishAsync(new ArticleCreated(1, 0), cancellationToken).AsTask();
    }
}
