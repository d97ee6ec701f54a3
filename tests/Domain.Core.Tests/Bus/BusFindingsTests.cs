using Microsoft.Extensions.DependencyInjection;
using Protean.Tests.Processing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Bus;

/// <summary>Mistakes in the declaration of the bus are told at the start, together with those of the domain.</summary>
public sealed class BusFindingsTests
{
    [Fact]
    public void Declare_Mistakes_AreAllReportedTogether()
    {
        var findings = Findings(domain => domain.Bus(bus => bus
            .Use<NoSubscriber>()
            .Use<Needy>()
            .Use<Hidden>()
            .Record<ArticleCreated>("account", e => e.ArticleId)
            .Record<ArticleCommentAdded>("Not A Category", e => e.ArticleId)
            .Record<UserLoggedIn>("session", e => e.UserId)
            .Record<UserLoggedIn>("session", e => e.UserId)
            .Record<UserFollowed>("user:command", e => e.UserId)
            .Record<NewsletterDue>("newsletter", e => e.Issue)));

        findings.ShouldContain(f => f.Contains("NoSubscriber is used by the event bus, but implements no ISubscribe<TEvent>"));
        findings.ShouldContain(f => f.Contains("NoSubscriber.OnAsync(ArticleCreated) looks like a subscription"));
        findings.ShouldContain(f => f.Contains("Subscriber class Needy needs IComparable, which no service provides"));
        findings.ShouldContain(f => f.Contains("Subscriber class Hidden has no public constructor"));
        findings.ShouldContain(f => f.Contains("records ArticleCreated in 'bank::account', where only Account writes"));
        findings.ShouldContain(f => f.Contains("names the category 'bank::Not A Category'"));
        findings.ShouldContain(f => f.Contains("UserLoggedIn is recorded twice"));
        findings.ShouldContain(f => f.Contains("records UserFollowed in 'bank::user:command', where commands stand"));
        findings.ShouldContain(f => f.Contains("NewsletterDue is a notification"));
        findings.Count.ShouldBe(9);
    }

    [Fact]
    public async Task Declare_AHandlerOfARecordedCategory_NeedsNoQualifiedName()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.Bus(bus => bus.Record<UserLoggedIn>("session", e => e.UserId));
            domain.EventHandler().Named("late").StreamCategory("session").On<UserLoggedIn>((_, _) => { });
        });

        bank.Domain.Model.EventHandlers.ShouldHaveSingleItem().Categories.ShouldBe(["bank::session"]);
    }

    [Fact]
    public async Task Declare_ARecordingWithoutADomain_IsRefused()
    {
        await using var test = new TestBus(bus => bus.Record<UserLoggedIn>("session", e => e.UserId).Use<NoSubscriber>());

        var error = Should.Throw<EventBusConfigurationException>(() => test.Bus);

        error.Findings.Count.ShouldBe(3);
        error.Message.ShouldContain("UserLoggedIn is to be recorded, but there is no domain");
    }

    [Fact]
    public async Task AddEventBus_BesideADomain_DeclaresMoreOfTheSameBus()
    {
        var heard = 0;
        var services = new ServiceCollection();
        services.AddEventBus(bus => bus.Subscribe<UserFollowed>(_ => { heard++; }));
        services.AddDomain("test", domain => domain.UseInMemory().Bus(bus => bus.Subscribe<UserFollowed>(_ => { heard += 10; })));
        services.AddEventBus(bus => bus.Subscribe<UserFollowed>(_ => { heard += 100; }));
        await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

        await provider.GetRequiredService<IEventBus>().PublishAsync(new UserFollowed(1));

        heard.ShouldBe(111);
        provider.GetRequiredService<Domain>().Bus.ShouldBeSameAs(provider.GetRequiredService<IEventBus>());
    }

    [Fact]
    public async Task AddDomain_ABusThatIsThereAlready_StaysAndGetsWhatUnitsPublish()
    {
        var services = new ServiceCollection();
        var own = new OwnBus();
        services.AddSingleton<IEventBus>(own);
        services.AddDomain("test", domain => domain.UseInMemory());
        await using var provider = services.BuildServiceProvider();
        var unit = provider.GetRequiredService<Domain>().BeginUnitOfWork();
        unit.Publish(new UserFollowed(1));

        await unit.CommitAsync();

        own.Published.ShouldBe([new UserFollowed(1)]);
    }

    [Fact]
    public void DrainWithin_LessThanNothing_IsRefused() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new TestBus(bus => bus.DrainWithin(TimeSpan.FromSeconds(-1))));

    private static IReadOnlyList<string> Findings(Action<DomainBuilder> declare) =>
        Should.Throw<DomainConfigurationException>(() => Bank.Create(declare)).Findings;

    private sealed class NoSubscriber
    {
        public ValueTask OnAsync(ArticleCreated @event, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }

    private sealed class Needy(IComparable missing) : ISubscribe<ArticleCreated>
    {
        public ValueTask OnAsync(ArticleCreated @event, CancellationToken cancellationToken) => new(Task.FromResult(missing));
    }

    private sealed class Hidden : ISubscribe<ArticleCreated>
    {
        private Hidden()
        {
        }

        public ValueTask OnAsync(ArticleCreated @event, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }

    private sealed class OwnBus : IEventBus
    {
        public List<IEvent> Published { get; } = [];

        public ValueTask PublishAsync<TEvent>(TEvent @event, CancellationToken cancellationToken = default) where TEvent : IEvent
        {
            Published.Add(@event);
            return ValueTask.CompletedTask;
        }

        public IDisposable Subscribe<TEvent>(Action<TEvent> handler, SubscriptionOptions? options = null) where TEvent : IEvent => throw new NotSupportedException();

        public IDisposable Subscribe<TEvent>(Func<TEvent, Task> handler, SubscriptionOptions? options = null) where TEvent : IEvent => throw new NotSupportedException();

        public IDisposable Subscribe<TEvent>(Func<TEvent, CancellationToken, Task> handler, SubscriptionOptions? options = null) where TEvent : IEvent => throw new NotSupportedException();

        public IDisposable Subscribe<TEvent>(Func<TEvent, CancellationToken, ValueTask> handler, SubscriptionOptions? options = null) where TEvent : IEvent => throw new NotSupportedException();
    }
}
