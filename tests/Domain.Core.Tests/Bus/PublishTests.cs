using Shouldly;
using Xunit;

namespace Protean.Tests.Bus;

/// <summary>Who hears of an event, in which order, and when the publisher goes on.</summary>
public sealed class PublishTests
{
    private const int HangLimit = 30_000;

    private readonly List<string> _heard = [];

    [Fact]
    public async Task Publish_ASynchronousSubscriber_GetsTheSameInstance()
    {
        await using var test = new TestBus();
        ArticleCreated? got = null;
        test.Bus.Subscribe<ArticleCreated>(e => got = e);
        var published = new ArticleCreated(1, 2);

        await test.Bus.PublishAsync(published);

        got.ShouldBeSameAs(published);
    }

    [Fact]
    public async Task Publish_EachFormOfSubscriber_IsReached()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleCreated>(e => { _heard.Add("action"); });
        test.Bus.Subscribe<ArticleCreated>(async e =>
        {
            await Task.Yield();
            _heard.Add("task");
        });
        test.Bus.Subscribe<ArticleCreated>(async (e, _) =>
        {
            await Task.Yield();
            _heard.Add("task with token");
        });
        test.Bus.Subscribe<ArticleCreated>((e, _) =>
        {
            _heard.Add("value task");
            return ValueTask.CompletedTask;
        });

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.ShouldBe(["action", "task", "task with token", "value task"], ignoreOrder: true);
    }

    [Fact]
    public async Task Publish_AnAsyncLambda_IsAwaitedAndNoAsyncVoid()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleCreated>(async e =>
        {
            await Task.Yield();
            throw new TimeoutException();
        });

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        test.Log.Of(1100).ShouldHaveSingleItem().Error.ShouldBeOfType<TimeoutException>();
    }

    [Fact]
    public async Task Publish_Subscribers_AreStartedInTheOrderOfTheirSubscription()
    {
        await using var test = new TestBus(bus => bus.Subscribe<ArticleCreated>(_ => { _heard.Add("declared"); }));
        for (var n = 0; n < 5; n++)
        {
            var name = $"{n}";
            test.Bus.Subscribe<ArticleCreated>(_ => { _heard.Add(name); });
        }

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.ShouldBe(["declared", "0", "1", "2", "3", "4"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Publish_AsynchronousSubscribers_RunBesideEachOtherAndAreAllAwaited()
    {
        await using var test = new TestBus();
        var door = new Door();
        var done = 0;
        for (var n = 0; n < 3; n++)
        {
            var number = n;
            test.Bus.Subscribe<ArticleCreated>(async _ =>
            {
                await door.PassAsync();
                Interlocked.Add(ref done, number + 1);
            });
        }

        var publishing = test.Bus.PublishAsync(new ArticleCreated(1, 2)).AsTask();
        for (var n = 0; n < 3; n++)
            await door.ArrivedAsync();
        publishing.IsCompleted.ShouldBeFalse();
        door.Open();
        await publishing;

        done.ShouldBe(1 + 2 + 3);
    }

    [Fact]
    public async Task Publish_BaseClassesAndInterfaces_HearOfWhatDerives()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<IEvent>(_ => { _heard.Add("IEvent"); });
        test.Bus.Subscribe<IArticleEvent>(_ => { _heard.Add("IArticleEvent"); });
        test.Bus.Subscribe<ArticleEvent>(_ => { _heard.Add("ArticleEvent"); });
        test.Bus.Subscribe<ArticleCreated>(_ => { _heard.Add("ArticleCreated"); });
        test.Bus.Subscribe<UserFollowed>(_ => { _heard.Add("UserFollowed"); });

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.ShouldBe(["IEvent", "IArticleEvent", "ArticleEvent", "ArticleCreated"]);
    }

    [Fact]
    public async Task Publish_UnderABaseType_IsDispatchedByItsOwnType()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleCreated>(_ => { _heard.Add("created"); });

        await test.Bus.PublishAsync<IEvent>(new ArticleCreated(1, 2));
        await test.Bus.PublishAsync<ArticleEvent>(new ArticleCreated(1, 2));

        _heard.ShouldBe(["created", "created"]);
    }

    [Fact]
    public async Task Scenario_InProcess_I76_AHandlerOnTheBaseAndOneOnTheDerivedEvent_BothRunOnce()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleEvent>(_ => { _heard.Add("base"); });
        test.Bus.Subscribe<ArticleCreated>(_ => { _heard.Add("derived"); });

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.ShouldBe(["base", "derived"]);
    }

    [Fact]
    public async Task Publish_Nothing_IsRefusedByName()
    {
        await using var test = new TestBus();

        Should.Throw<ArgumentNullException>(() => test.Bus.PublishAsync<ArticleCreated>(null!).AsTask()).Message.ShouldContain("ArticleCreated");
    }

    [Fact]
    public async Task Publish_WithNobodyThere_Completes()
    {
        await using var test = new TestBus();

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        test.Log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Publish_FromASubscriber_IsPublishedInItsMidst()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleCreated>(async e =>
        {
            _heard.Add("begin");
            await test.Bus.PublishAsync(new UserFollowed(e.AuthorId));
            _heard.Add("end");
        });
        test.Bus.Subscribe<UserFollowed>(_ => { _heard.Add("followed"); });

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.ShouldBe(["begin", "followed", "end"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Publish_WithinItsOwnSubscriberWithoutAnEnd_EndsWithALoggedError()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleCreated>((e, token) => test.Bus.PublishAsync(e, token));

        await Task.Run(() => test.Bus.PublishAsync(new ArticleCreated(1, 2)).AsTask(), TestContext.Current.CancellationToken);

        test.Log.Of(1100).ShouldHaveSingleItem().Error!.Message.ShouldContain("break the loop");
    }

    [Fact]
    public async Task Scenario_InProcess_I74_AFailingHandler_StopsNeitherTheNextNorThePublisher()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleCreated>(Fail);
        test.Bus.Subscribe<ArticleCreated>(_ => { _heard.Add("good"); });

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.ShouldBe(["good"]);
        var line = test.Log.Lines.ShouldHaveSingleItem();
        (line.EventId, line.Text).ShouldBe((1100, "PublishTests.Fail failed on ArticleCreated (Domain) of the event bus"));
        line.Error!.StackTrace!.ShouldContain(nameof(Fail));
    }

    [Fact]
    public async Task Publish_ASubscriberThatFailsLater_IsLoggedAndTheOthersAreAwaited()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleCreated>(
            async (_, _) =>
            {
                await Task.Yield();
                throw new InvalidOperationException("late");
            },
            new() { Name = "mailer" });
        test.Bus.Subscribe<ArticleCreated>(async _ =>
        {
            await Task.Yield();
            _heard.Add("good");
        });

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.ShouldBe(["good"]);
        test.Log.Of(1100).ShouldHaveSingleItem().Text.ShouldStartWith("mailer failed on ArticleCreated");
    }

    [Fact]
    public async Task Publish_Cancelled_ReachesTheCallerAndNobodyElse()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleCreated>(_ => { _heard.Add("heard"); });

        await Should.ThrowAsync<OperationCanceledException>(() => test.Bus.PublishAsync(new ArticleCreated(1, 2), new(canceled: true)).AsTask());

        _heard.ShouldBeEmpty();
        test.Log.Lines.ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Publish_CancelledWhileASubscriberWaits_ReachesTheCallerAndIsNoFailure()
    {
        await using var test = new TestBus();
        using var cancelled = new CancellationTokenSource();
        var door = new Door();
        test.Bus.Subscribe<ArticleCreated>((_, token) => door.PassAsync(token));

        var publishing = test.Bus.PublishAsync(new ArticleCreated(1, 2), cancelled.Token).AsTask();
        await door.ArrivedAsync();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => publishing);
        test.Log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Publish_CancelledByASubscriber_StartsNoOther()
    {
        await using var test = new TestBus();
        using var cancelled = new CancellationTokenSource();
        test.Bus.Subscribe<ArticleCreated>(_ => { cancelled.Cancel(); });
        test.Bus.Subscribe<ArticleCreated>(_ => { _heard.Add("second"); });

        await Should.ThrowAsync<OperationCanceledException>(() => test.Bus.PublishAsync(new ArticleCreated(1, 2), cancelled.Token).AsTask());

        _heard.ShouldBeEmpty();
    }

    [Fact]
    public async Task Publish_ASubscriberThatCancelsItself_HasFailed()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleCreated>(_ => throw new OperationCanceledException());

        await test.Bus.PublishAsync(new ArticleCreated(1, 2), TestContext.Current.CancellationToken);

        test.Log.Of(1100).Count.ShouldBe(1);
    }

    private static void Fail(ArticleCreated e) => throw new InvalidOperationException("no index");
}
