using Protean.Testing;
using Protean.Tests.Processing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Bus;

public sealed record Visits(string UserId, int Count = 0);

/// <summary>Bus events that are recorded are events like any other.</summary>
public sealed class RecordTests
{
    private readonly List<string> _order = [];

    [Fact]
    public async Task Record_OutsideAUnit_CommitsAndThenSubscribersHear()
    {
        await using var bank = Create();
        bank.Bus.Subscribe<UserLoggedIn>(async _ => { _order.Add($"heard with {await bank.Store.GetHeadAsync()} stored"); });

        await bank.Bus.PublishAsync(new UserLoggedIn("u1"));

        _order.ShouldBe(["heard with 1 stored"]);
        var stored = (await bank.Store.LogAsync()).ShouldHaveSingleItem();
        (stored.Stream.Value, stored.Type, stored.Kind).ShouldBe(("bank::session-u1", "Bank.UserLoggedIn.v1", MessageKind.Event));
        bank.Domain.Read(stored).ShouldBe(new UserLoggedIn("u1"));
        bank.Bus.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Record_InAUnit_IsPartOfItsCommit()
    {
        await using var bank = Bank.Acting(
            (act, context) =>
            {
                context.Repository<Account>().Add(Account.Open("a"));
                context.Publish(new UserLoggedIn("u1"));
                return act.Note == "fail" ? throw new TimeoutException() : Task.CompletedTask;
            },
            domain => domain.Bus(bus => bus.Record<UserLoggedIn>("session", e => e.UserId)));

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act("fail")));
        (await bank.Store.GetHeadAsync()).ShouldBe(0);
        bank.Bus.Published.ShouldBeEmpty();
        await bank.Domain.ProcessAsync(new Act());

        (await bank.Store.TypesAsync()).ShouldBe(["Act", "Opened", "UserLoggedIn"]);
        (await bank.Store.LogAsync())[2].Metadata.CauseStream.ShouldBe("bank::account:command-acts");
        bank.Bus.ShouldHavePublishedOnly(new UserLoggedIn("u1"));
    }

    [Fact]
    public async Task Record_TwiceInOneUnit_KeepsTheOrderOfTheStream()
    {
        await using var bank = Create(domain => domain.Event<UserReturned>());
        var unit = bank.Domain.BeginUnitOfWork();
        unit.Publish(new UserLoggedIn("u1"));
        unit.Publish(new UserReturned("u1", 5));
        await unit.CommitAsync();
        await bank.Bus.PublishAsync(new UserLoggedIn("u1"));

        (await bank.Store.LogAsync()).Select(m => (m.Stream.Value, m.Position, m.Type.Split('.')[1])).ShouldBe(
            [("bank::session-u1", 0L, "UserLoggedIn"), ("bank::session-u1", 1L, "UserReturned"), ("bank::session-u1", 2L, "UserLoggedIn")]);
    }

    [Fact]
    public async Task Record_InlineHandlers_GetTheEventAfterTheSubscribers()
    {
        await using var bank = Create(domain => domain.EventHandler().Named("greeter").StreamCategory("session").Inline()
            .On<UserLoggedIn>((e, context) => { _order.Add($"inline {e.UserId} at {context.Message!.GlobalPosition}, {context.Message.EventCategory}"); }));
        bank.Bus.Subscribe<UserLoggedIn>(_ => { _order.Add("subscriber"); });

        await bank.Bus.PublishAsync(new UserLoggedIn("u1"));

        _order.ShouldBe(["subscriber", "inline u1 at 1, System"]);
    }

    [Fact]
    public async Task Record_ProjectionsAndHandlersOfTheEngine_GetTheEvent()
    {
        await using var bank = Create(domain =>
        {
            domain.Projection<Visits>().From("session").InEngine().On<UserLoggedIn>(e => e.UserId, (view, _) => view with { Count = view.Count + 1 });
            domain.EventHandler().Named("late").StreamCategory("session").On<UserLoggedIn>((e, _) => { _order.Add(e.UserId); });
        });

        await bank.Bus.PublishAsync(new UserLoggedIn("u1"));
        await bank.Bus.PublishAsync(new UserLoggedIn("u1"));
        await bank.DrainAsync();

        (await bank.Domain.View<Visits>().GetAsync("u1")).ShouldBe(new Visits("u1", 2));
        _order.ShouldBe(["u1", "u1"]);
    }

    [Fact]
    public async Task Record_AProjectionInTheSameCommit_IsNeverBehind()
    {
        await using var bank = Create(domain => domain.Projection<Visits>().From("session").Inline().On<UserLoggedIn>(e => e.UserId, (view, _) => view with { Count = view.Count + 1 }));
        Visits? seen = null;
        bank.Bus.Subscribe<UserLoggedIn>(async _ => { seen = await bank.Domain.View<Visits>().GetAsync("u1"); });

        await bank.Bus.PublishAsync(new UserLoggedIn("u1"));

        seen.ShouldBe(new Visits("u1", 1));
    }

    [Fact]
    public async Task Record_AnIdThatCannotBe_ReachesThePublisherAndNobodyHears()
    {
        await using var bank = Create();

        (await Should.ThrowAsync<InvalidAggregateIdException>(() => bank.Bus.PublishAsync(new UserLoggedIn("")).AsTask())).Message.ShouldContain("the stream that records UserLoggedIn");

        bank.Bus.Published.ShouldBeEmpty();
    }

    [Fact]
    public async Task Record_AnotherEvent_IsNotRecorded()
    {
        await using var bank = Create();

        await bank.Bus.PublishAsync(new UserFollowed(1));

        (await bank.Store.GetHeadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Record_ADerivedTypeNobodyDeclared_IsRefusedWithTheWayOut()
    {
        await using var bank = Bank.Create(domain => domain.Bus(bus => bus.Record<UserLoggedIn>("session", e => e.UserId)));

        (await Should.ThrowAsync<UnregisteredTypeException>(() => bank.Bus.PublishAsync(new UserReturned("u1", 1)).AsTask())).Message.ShouldContain("UserReturned");
    }

    private static TestDomain Create(Action<DomainBuilder>? more = null) => Bank.Create(domain =>
    {
        domain.Bus(bus => bus.Record<UserLoggedIn>("session", e => e.UserId));
        more?.Invoke(domain);
    });
}
