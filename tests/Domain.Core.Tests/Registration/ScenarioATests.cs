using Shouldly;
using Xunit;
using static Protean.Tests.Registration.Startup;

namespace Protean.Tests.Registration;

/// <summary>Section A of the acceptance scenarios: registration and resolution of handlers.</summary>
public sealed class ScenarioATests
{
    private readonly List<string> _audit = [];

    [Fact]
    public void Scenario_A1_NeitherPartOfNorCategory_IsAnErrorThatNamesTheHandler() =>
        OnlyFindingOf(d => d.EventHandler().Named("lost").On<Registered>((_, _) => { }))
            .ShouldSay("lost", "part of no aggregate", "EventHandler<TAggregate>()", ".StreamCategory(");

    [Fact]
    public async Task Scenario_A2_PartOfOnly_ListensToTheAggregatesCategory()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>().On<Registered>((_, _) => { }));

        domain.Handler("user").Categories.ShouldBe(["test::user"]);
    }

    [Fact]
    public async Task Scenario_A2_PartOfAndCategory_TheCategoryWins()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>().StreamCategory("test::identity").On<Registered>((_, _) => { }));

        domain.Handler("user").Categories.ShouldBe(["test::identity"]);
    }

    [Fact]
    public async Task Scenario_A3_TwoMethodsForOneEvent_StandUnderTheTypesOfTheStore()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>()
            .On<Activated>((_, _) => { })
            .On<Activated>((_, _) => { })
            .On<Registered>((_, _) => { }));
        var handler = domain.Handler("user");

        handler.EventTypes.ToDictionary(t => domain.Model.Types.Of(t).Name, t => handler.MethodsFor(t).Count)
            .ShouldBe(new Dictionary<string, int> { ["Test.Activated.v1"] = 2, ["Test.Registered.v1"] = 1 }, ignoreOrder: true);
    }

    [Fact]
    public async Task Scenario_A5_AHandlerOfAllEvents_IsAskedBesideTheSpecificOnes()
    {
        await using var domain = Users.Create(d =>
        {
            d.EventHandler<User>().On<Registered>((_, _) => { });
            d.EventHandler().Named("AllEvents").StreamCategory("$all").OnAny((_, _) => { });
        });

        domain.Model.HandlersOf(typeof(Registered)).Select(h => h.Name).ShouldBe(["user", "AllEvents"]);
        domain.Model.HandlersOf(typeof(Renamed)).Select(h => h.Name).ShouldBe(["AllEvents"]);
    }

    [Fact]
    public async Task Scenario_A5_AHandlerOfAllEvents_HearsEveryCategory()
    {
        await using var domain = Users.Create(d => d.EventHandler().Named("AllEvents").StreamCategory("$all").OnAny((m, _) => _audit.Add(m.Type)));

        await domain.RaiseAsync(new Renamed("u"));
        await domain.RaiseFromEmailAsync(new Sent("e"));

        _audit.ShouldBe(["Test.Renamed.v1", "Test.Sent.v1"]);
    }

    [Fact]
    public async Task Scenario_A6_AnAnyHandlerThatIsPartOfAnAggregate_HearsThatAggregateOnly()
    {
        await using var domain = Users.Create(d =>
        {
            d.ExternalEvent<ExternalEvent>("Bar.ExternalEvent.v1");
            d.EventHandler<User>().OnAny((m, _) => _audit.Add(m.Type));
        });

        await domain.RaiseAsync(new Registered("u"), new Activated("u"));
        await domain.RaiseFromEmailAsync(new Sent("e"), new ExternalEvent("x"));

        _audit.ShouldBe(["Test.Registered.v1", "Test.Activated.v1"]);
    }

    [Fact]
    public async Task Scenario_A6_AnExternalEvent_KeepsTheNameItHasThere()
    {
        await using var domain = Users.Create(d => d.ExternalEvent<ExternalEvent>("Bar.ExternalEvent.v1"));

        domain.Model.Types.NamesOf(typeof(ExternalEvent)).ShouldBe(["Bar.ExternalEvent.v1"]);
    }

    [Fact]
    public async Task Scenario_A7_ProcessingACommandInline_CallsTheAnyHandlerOnce()
    {
        await using var domain = Users.Create(d =>
        {
            d.CommandHandler<User>().On<Register>((c, context) => context.Repository<User>().Add(User.With(c.UserId, new Registered(c.UserId))));
            d.EventHandler<User>().OnAny((m, _) => _audit.Add(m.Payload.GetType().Name));
        });

        await domain.ProcessAsync(new Register("u-1"));

        _audit.ShouldBe(["Registered"]);
    }

    [Fact]
    public void Scenario_A9_TwoAnyMethods_AreAnErrorThatNamesBoth() =>
        OnlyFindingOf(d =>
        {
            d.Aggregate<User>();
            d.EventHandler<User>().Named("greedy").OnAny((_, _) => { }).OnAny((_, _) => Task.CompletedTask);
        }).ShouldSay("greedy", "OnAny #1 and OnAny #2", "at most one");

    [Fact]
    public void Scenario_A9_AnAnyClassBesideAnAnyMethod_IsAnErrorThatNamesBoth() =>
        OnlyFindingOf(d =>
        {
            d.Aggregate<User>();
            d.EventHandler<User>().Use<Auditor>().OnAny((_, _) => { });
        }).ShouldSay("Auditor and OnAny #1");

    [Fact]
    public async Task Scenario_A10_ACategoryWithoutDomain_IsQualified()
    {
        await using var domain = Domain.Create("Shop", d =>
        {
            d.EventProcessing = EventProcessing.Inline;
            d.Aggregate<Order>();
            d.EventHandler().Named("watcher").StreamCategory("order").On<Ordered>((_, _) => { });
            d.UseInMemory();
        });

        domain.Handler("watcher").Categories.ShouldBe(["shop::order"]);
    }

    [Fact]
    public async Task Scenario_A10_AnEventOnItsStream_IsDeliveredOnce()
    {
        await using var domain = Domain.Create("Shop", d =>
        {
            d.EventProcessing = EventProcessing.Inline;
            d.Aggregate<Order>();
            d.EventHandler().Named("watcher").StreamCategory("order", "shop::order").On<Ordered>((_, c) => _audit.Add(c.Message!.Stream.Value));
            d.UseInMemory();
        });

        await domain.Repository<Order>().SaveAsync(Order.Make("1"));

        _audit.ShouldBe(["shop::order-1"]);
    }

    [Fact]
    public void Scenario_A12_TwoHandlersForOneCommand_AreAnErrorThatNamesBoth() =>
        OnlyFindingOf(d =>
        {
            d.Aggregate<User>();
            d.CommandHandler<User>().Named("first").On<Register>((_, _) => { });
            d.CommandHandler<User>().Named("second").On<Register>((_, _) => { });
        }).ShouldSay("Register has two handlers", "first (User)", "second (User)", "Remove one");

    [Fact]
    public void Scenario_A12_HandlersOfTwoAggregatesForOneCommand_AreAnErrorThatNamesBoth() =>
        OnlyFindingOf(d =>
        {
            d.Aggregate<User>();
            d.Aggregate<Email>();
            d.CommandHandler<User>().On<Register>((_, _) => { });
            d.CommandHandler<Email>().On<Register>((_, _) => { });
        }).ShouldSay("Register has two handlers", "user:command (User)", "email:command (Email)");

    public sealed record Ordered(string OrderId) : IDomainEvent;

    public sealed class Order : EventSourcedAggregate
    {
        public static Order Make(string id)
        {
            var order = new Order { Id = id };
            order.Raise(new Ordered(id));
            return order;
        }

        void Apply(Ordered e) => Id = e.OrderId;
    }

    public sealed class Auditor : IHandleAny
    {
        public Task HandleAnyAsync(Message message, HandlerContext context) => Task.CompletedTask;
    }
}
