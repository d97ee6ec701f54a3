using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Protean.Tests.Bus;

/// <summary>Who counts as one subscriber, and how a subscription ends.</summary>
public sealed class SubscriptionTests
{
    private readonly List<string> _heard = [];

    [Fact]
    public async Task Dispose_ASubscription_EndsIt()
    {
        await using var test = new TestBus();
        var subscription = test.Bus.Subscribe<ArticleCreated>(_ => { _heard.Add("heard"); });
        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        subscription.Dispose();
        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Subscribe_TheSameDelegateTwice_CountsOnce()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleCreated>(Hear);
        test.Bus.Subscribe<ArticleCreated>(Hear);

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.ShouldBe(["ArticleCreated"]);
    }

    [Fact]
    public async Task Subscribe_TheSameMethodOnBaseAndDerived_CountsOnce()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleEvent>(Hear);
        test.Bus.Subscribe<ArticleCreated>(Hear);

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));
        await test.Bus.PublishAsync(new ArticleCommentAdded(1, "well"));

        _heard.ShouldBe(["ArticleCreated", "ArticleCommentAdded"]);
    }

    [Fact]
    public async Task Subscribe_TheSameMethodOfTwoObjects_CountsTwice()
    {
        await using var test = new TestBus();
        var (one, other) = (new Ear(_heard), new Ear(_heard));
        test.Bus.Subscribe<ArticleCreated>(one.Hear);
        test.Bus.Subscribe<ArticleCreated>(other.Hear);

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Subscribe_CombinedDelegates_AreOneSubscriberThatCallsBoth()
    {
        await using var test = new TestBus();
        Action<ArticleCreated> both = _ => { _heard.Add("a"); };
        both += _ => { _heard.Add("b"); };
        test.Bus.Subscribe(both);
        test.Bus.Subscribe(both);

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Dispose_OneOfTwoHandles_LeavesTheSubscriber()
    {
        await using var test = new TestBus();
        var first = test.Bus.Subscribe<ArticleCreated>(Hear);
        var second = test.Bus.Subscribe<ArticleCreated>(Hear);

        first.Dispose();
        first.Dispose();
        await test.Bus.PublishAsync(new ArticleCreated(1, 2));
        second.Dispose();
        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Dispose_OneOfSeveral_LeavesTheOthersInTheirOrder()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleCreated>(_ => { _heard.Add("a"); });
        var middle = test.Bus.Subscribe<ArticleCreated>(_ => { _heard.Add("b"); });
        test.Bus.Subscribe<ArticleCreated>(_ => { _heard.Add("c"); });

        middle.Dispose();
        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.ShouldBe(["a", "c"]);
    }

    [Fact]
    public async Task Dispose_FromWithinTheSubscriber_EndsItAfterThisEvent()
    {
        await using var test = new TestBus();
        IDisposable? self = null;
        self = test.Bus.Subscribe<ArticleCreated>(_ =>
        {
            _heard.Add("once");
            self!.Dispose();
        });

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));
        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.ShouldBe(["once"]);
    }

    [Fact]
    public async Task Subscribe_WhileAnEventIsPublished_HearsOfTheNext()
    {
        await using var test = new TestBus();
        var isFirst = true;
        test.Bus.Subscribe<ArticleCreated>(_ =>
        {
            if (isFirst)
                test.Bus.Subscribe<ArticleCreated>(_ => { _heard.Add("new"); });
            isFirst = false;
        });

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));
        _heard.ShouldBeEmpty();
        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.ShouldBe(["new"]);
    }

    [Fact]
    public async Task Subscribe_TheSameDelegateWithOtherOptions_IsRefused()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleCreated>(Hear, new() { MaxConcurrency = 1, Categories = [EventCategory.Domain] });

        test.Bus.Subscribe<ArticleCreated>(Hear, new() { MaxConcurrency = 1, Categories = [EventCategory.Domain] });
        Should.Throw<InvalidOperationException>(() => test.Bus.Subscribe<ArticleCreated>(Hear, new() { MaxConcurrency = 2 }))
            .Message.ShouldContain("SubscriptionTests.Hear has subscribed already, with other options");
    }

    [Fact]
    public async Task Subscribe_ToCategories_HearsOfThoseOnly()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<IEvent>(Hear, new() { Categories = [EventCategory.System, EventCategory.CrossDomain] });

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));
        await test.Bus.PublishAsync(new UserLoggedIn("u"));
        await test.Bus.PublishAsync(new UserReturned("u", 3));
        await test.Bus.PublishAsync(new NewsletterDue(1));

        _heard.ShouldBe(["UserLoggedIn", "UserReturned", "NewsletterDue"]);
    }

    [Fact]
    public async Task Use_AClass_HearsOfEachOfItsEvents()
    {
        await using var test = new TestBus(bus => bus.Use<Indexer>().Use<Indexer>(), more: services => services.AddSingleton(_heard));

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));
        await test.Bus.PublishAsync(new UserFollowed(3));

        _heard.ShouldBe(["article 1", "any article 1", "user 3"]);
    }

    [Fact]
    public async Task Use_AClassWithScopedDependencies_HasAScopeForEachEvent()
    {
        await using var test = new TestBus(bus => bus.Use<Scoped>(), more: services => services.AddSingleton(_heard).AddScoped<Session>());

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));
        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        _heard.ShouldBe(["handled", "disposed", "handled", "disposed"]);
    }

    [Fact]
    public async Task Use_ASingleton_IsOneInstance()
    {
        await using var test = new TestBus(bus => bus.Use<Counter>(), more: services => services.AddSingleton<Counter>());

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));
        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        test.Services.GetRequiredService<Counter>().Count.ShouldBe(2);
    }

    [Fact]
    public async Task Use_AClassThatFails_IsLoggedUnderItsName()
    {
        await using var test = new TestBus(bus => bus.Use<Broken>());

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        test.Log.Of(1100).ShouldHaveSingleItem().Text.ShouldStartWith("Broken failed on ArticleCreated");
    }

    [Fact]
    public async Task Name_OfALambdaOrALocalFunction_IsThatOfTheMethodItStandsIn()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleCreated>(_ => throw new InvalidOperationException(_heard.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        test.Bus.Subscribe<ArticleCreated>(Local);

        await test.Bus.PublishAsync(new ArticleCreated(1, 2));

        test.Log.Of(1100).Select(l => l.Text.Split(' ')[0])
            .ShouldBe([$"SubscriptionTests.{nameof(Name_OfALambdaOrALocalFunction_IsThatOfTheMethodItStandsIn)}", "SubscriptionTests.Local"]);

        static void Local(ArticleCreated e) => throw new InvalidOperationException();
    }

    [Fact]
    public void Options_ThatCannotBe_AreRefused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new SubscriptionOptions { MaxConcurrency = 0 }).ParamName.ShouldBe("MaxConcurrency");
        Should.Throw<ArgumentOutOfRangeException>(() => new SubscriptionOptions { TimeLimit = TimeSpan.Zero }).ParamName.ShouldBe("TimeLimit");
        Should.Throw<ArgumentOutOfRangeException>(() => new SubscriptionOptions { TimeLimit = TimeSpan.MaxValue }).ParamName.ShouldBe("TimeLimit");
        Should.Throw<ArgumentOutOfRangeException>(() => new SubscriptionOptions { QueueCapacity = 0 }).ParamName.ShouldBe("QueueCapacity");
        Should.Throw<ArgumentException>(() => new SubscriptionOptions { Name = " " });
        Should.Throw<ArgumentException>(() => new SubscriptionOptions { Categories = [] }).Message.ShouldContain("hears of nothing");
        Should.Throw<ArgumentOutOfRangeException>(() => new SubscriptionOptions { Categories = [(EventCategory)7] });
    }

    [Fact]
    public async Task Options_AQueueCapacityInTheForeground_IsRefused()
    {
        await using var test = new TestBus();

        Should.Throw<ArgumentException>(() => test.Bus.Subscribe<ArticleCreated>(Hear, new() { QueueCapacity = 5 })).Message.ShouldContain("set Background");
    }

    private void Hear(IEvent e) => _heard.Add(e.GetType().Name);

    private sealed class Ear(List<string> heard)
    {
        public void Hear(ArticleCreated e) => heard.Add("ear");
    }

    private sealed class Indexer(List<string> heard) : ISubscribe<ArticleCreated>, ISubscribe<ArticleEvent>, ISubscribe<UserFollowed>
    {
        public ValueTask OnAsync(ArticleCreated @event, CancellationToken cancellationToken) => Add($"article {@event.ArticleId}");

        public ValueTask OnAsync(ArticleEvent @event, CancellationToken cancellationToken) => Add($"any article {@event.ArticleId}");

        public ValueTask OnAsync(UserFollowed @event, CancellationToken cancellationToken) => Add($"user {@event.UserId}");

        private ValueTask Add(string text)
        {
            heard.Add(text);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Session(List<string> heard) : IDisposable
    {
        public void Dispose() => heard.Add("disposed");
    }

    private sealed class Scoped(Session session, List<string> heard) : ISubscribe<ArticleCreated>
    {
        public async ValueTask OnAsync(ArticleCreated @event, CancellationToken cancellationToken)
        {
            await Task.Yield();
            heard.Add(session is null ? "no session" : "handled");
        }
    }

    private sealed class Counter : ISubscribe<ArticleCreated>
    {
        public int Count { get; private set; }

        public ValueTask OnAsync(ArticleCreated @event, CancellationToken cancellationToken)
        {
            Count++;
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Broken : ISubscribe<ArticleCreated>
    {
        public ValueTask OnAsync(ArticleCreated @event, CancellationToken cancellationToken) => throw new TimeoutException();
    }
}
