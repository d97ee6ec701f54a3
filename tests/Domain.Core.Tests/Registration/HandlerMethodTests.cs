using Shouldly;
using Xunit;

namespace Protean.Tests.Registration;

/// <summary>Handlers declared with lambdas.</summary>
public sealed class HandlerMethodTests
{
    private readonly List<string> _calls = [];

    [Fact]
    public async Task On_SeveralMethodsForOneEvent_RunInTheOrderOfTheirDeclaration()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>()
            .On<Registered>((_, _) => _calls.Add("first"))
            .On<Registered>(async (_, _) =>
            {
                await Task.Yield();
                _calls.Add("second");
            })
            .On<Registered>((_, _) => _calls.Add("third")));

        await domain.RaiseAsync(new Registered("u"));

        _calls.ShouldBe(["first", "second", "third"]);
        domain.Handler("user").MethodsFor(typeof(Registered)).ShouldBe(["Registered", "Registered#2", "Registered#3"]);
    }

    [Fact]
    public async Task On_AMethodThatFails_DoesNotStopTheOthers()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>()
            .On<Registered>((_, _) => throw new TimeoutException("first"))
            .On<Registered>((_, _) => _calls.Add("second")));

        var error = await Should.ThrowAsync<TimeoutException>(async () => await domain.RaiseAsync(new Registered("u")));

        error.Message.ShouldBe("first");
        _calls.ShouldBe(["second"]);
    }

    [Fact]
    public async Task OnAny_BesideSpecificMethods_CatchesOnlyWhatTheyLeave()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>()
            .OnAny((m, _) => _calls.Add("any " + m.Payload.GetType().Name))
            .On<Registered>((_, _) => _calls.Add("specific Registered")));

        await domain.RaiseAsync(new Registered("u"), new Activated("u"));

        _calls.ShouldBe(["specific Registered", "any Activated"]);
        domain.Handler("user").MethodsFor(typeof(Activated)).ShouldBe(["$any"]);
    }

    [Fact]
    public async Task OnAny_Async_IsAwaited()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>().OnAny(async (m, _) =>
        {
            await Task.Yield();
            _calls.Add(m.Type);
        }));

        await domain.RaiseAsync(new Registered("u"));

        _calls.ShouldBe(["Test.Registered.v1"]);
    }

    [Fact]
    public async Task On_ByTheIdOfTheEvent_LoadsActsAndSaves()
    {
        await using var domain = await CreateWithUserAsync(d => d.EventHandler<User>().On<Registered>(e => e.UserId, (user, _) => user.LogIn()));

        await domain.RaiseAsync(new Registered("u-1"));

        (await domain.Repository<User>().GetAsync("u-1")).Logins.ShouldBe(1);
    }

    [Fact]
    public async Task On_ByTheIdOfTheEventAsync_LoadsActsAndSaves()
    {
        await using var domain = await CreateWithUserAsync(d => d.EventHandler<User>().On<Registered>(e => e.UserId, (user, _) => user.LogInAsync()));

        await domain.RaiseAsync(new Registered("u-1"));

        (await domain.Repository<User>().GetAsync("u-1")).Logins.ShouldBe(1);
    }

    [Fact]
    public async Task On_ACommandByItsId_LoadsActsAndSaves()
    {
        await using var domain = await CreateWithUserAsync(d => d.CommandHandler<User>().On<Register>(c => c.UserId, (user, _) => user.LogIn()));

        await domain.ProcessAsync(new Register("u-1"));

        (await domain.Repository<User>().GetAsync("u-1")).Logins.ShouldBe(1);
    }

    [Fact]
    public async Task On_ACommandByItsIdAsync_LoadsActsAndSaves()
    {
        await using var domain = await CreateWithUserAsync(d => d.CommandHandler<User>().On<Register>(c => c.UserId, (user, _) => user.LogInAsync()));

        await domain.ProcessAsync(new Register("u-1"));

        (await domain.Repository<User>().GetAsync("u-1")).Logins.ShouldBe(1);
    }

    [Fact]
    public async Task On_ACommandWithAResultByItsId_SavesAndReturnsTheResult()
    {
        await using var domain = await CreateWithUserAsync(d => d.CommandHandler<User>().On<CountUsers, int>(_ => "u-1", (user, c) =>
        {
            user.LogIn();
            return user.Logins + c.AtLeast;
        }));

        (await domain.ProcessAsync(new CountUsers(10))).ShouldBe(11);
        (await domain.Repository<User>().GetAsync("u-1")).Logins.ShouldBe(1);
    }

    [Fact]
    public async Task On_ACommandForAnAggregateThatIsNotThere_SaysSo()
    {
        await using var domain = Users.Create(d => d.CommandHandler<User>().On<Register>(c => c.UserId, (user, _) => user.LogIn()));

        var error = await Should.ThrowAsync<AggregateNotFoundException>(() => domain.ProcessAsync(new Register("nobody")));

        error.Message.ShouldBe("There is no User with id 'nobody'.");
    }

    [Fact]
    public async Task On_ACommandWithAResult_ReturnsIt()
    {
        await using var domain = Users.Create(d => d.CommandHandler<User>().On<CountUsers, int>((c, _) => c.AtLeast + 1));

        (await domain.ProcessAsync(new CountUsers(1))).ShouldBe(2);
    }

    [Fact]
    public async Task On_AQuery_AnswersIt()
    {
        await using var domain = Users.Create(d =>
        {
            d.QueryHandler().On<FindUser, bool>(async (q, c) => await c.Repository<User>().ExistsAsync(q.UserId));
        });
        await domain.Repository<User>().SaveAsync(User.With("u-1"));

        (await domain.QueryAsync(new FindUser("u-1"))).ShouldBeTrue();
        (await domain.QueryAsync(new FindUser("u-2"))).ShouldBeFalse();
    }

    [Fact]
    public async Task HandleError_OfEachKind_IsToldOfTheFailure()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>()
            .On<Registered>((_, _) => throw new TimeoutException("late"))
            .HandleError((error, message, _) => _calls.Add($"sync {error.Message} {message.Type}"))
            .HandleError(async (error, _, _) =>
            {
                await Task.Yield();
                _calls.Add("async " + error.Message);
            }));

        await Should.ThrowAsync<TimeoutException>(async () => await domain.RaiseAsync(new Registered("u")));

        _calls.ShouldBe(["sync late Test.Registered.v1", "async late"]);
    }

    [Fact]
    public async Task HandleError_ThatFailsItself_LeavesTheFirstErrorAndTheOtherReactions()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>()
            .On<Registered>((_, _) => throw new TimeoutException("first"))
            .HandleError((_, _, _) => throw new InvalidOperationException("second"))
            .HandleError((_, _, _) => _calls.Add("told")));

        (await Should.ThrowAsync<TimeoutException>(async () => await domain.RaiseAsync(new Registered("u")))).Message.ShouldBe("first");
        _calls.ShouldBe(["told"]);
    }

    [Fact]
    public async Task StreamCategory_Several_HearsEachOfThem()
    {
        await using var domain = Users.Create(d => d.EventHandler().Named("both").StreamCategory("user", "test::email").OnAny((m, _) => _calls.Add(m.Stream.Category)));

        await domain.RaiseAsync(new Registered("u"));
        await domain.RaiseFromEmailAsync(new Sent("e"));

        _calls.ShouldBe(["test::user", "test::email"]);
    }

    [Fact]
    public async Task StreamCategory_OfAnotherAggregate_TakesThePlaceOfTheOwn()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>().StreamCategory<Email>().OnAny((m, _) => _calls.Add(m.Stream.Category)));

        await domain.RaiseAsync(new Registered("u"));
        await domain.RaiseFromEmailAsync(new Sent("e"));

        _calls.ShouldBe(["test::email"]);
    }

    [Fact]
    public async Task StreamCategory_ThatBeginsAnother_IsNotMistakenForIt()
    {
        await using var domain = Users.Create(d =>
        {
            d.Aggregate<NamingTests.ABTest>().StreamCategory("use");
            d.Aggregate<NamingTests.HTTPServer>().StreamCategory("user_list");
            d.EventHandler().Named("near").StreamCategory("use", "user_list").OnAny((m, _) => _calls.Add(m.Stream.Category));
        });

        await domain.RaiseAsync(new Registered("u"));

        _calls.ShouldBeEmpty();
    }

    private static async Task<Domain> CreateWithUserAsync(Action<DomainBuilder> declare)
    {
        var domain = Users.Create(declare);
        await domain.Repository<User>().SaveAsync(User.With("u-1"));
        return domain;
    }
}
