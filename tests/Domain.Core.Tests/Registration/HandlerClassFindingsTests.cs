using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;
using static Protean.Tests.Registration.Startup;

namespace Protean.Tests.Registration;

/// <summary>What is found wrong with handler classes when a domain starts.</summary>
public sealed class HandlerClassFindingsTests
{
    [Fact]
    public void Use_AnAbstractClass_IsReported() =>
        Finding(d => d.EventHandler<User>().Use<Abstract>()).ShouldSay("Abstract is abstract", "derive from it");

    [Fact]
    public void Use_AMethodThatLooksLikeAnEventHandler_IsReported() =>
        Finding(d => d.EventHandler<User>().Use<Forgetful>())
            .ShouldSay("Forgetful.HandleAsync(Activated)", "does not implement IHandle<Activated>", "rename the method");

    [Fact]
    public void Use_AMethodThatLooksLikeACommandHandler_IsReported() =>
        Finding(d => d.EventHandler<User>().Use<OnCommand>()).ShouldSay("OnCommand.OnRegister(Register)", "IHandle<Register>");

    [Fact]
    public void Use_AMethodThatLooksLikeAQueryHandler_IsReported() =>
        Finding(d => d.EventHandler<User>().Use<OnQuery>()).ShouldSay("OnQuery.Handle(FindUser)");

    [Fact]
    public void Use_AMethodThatLooksLikeAnErrorHandler_IsReported() =>
        Finding(d => d.EventHandler<User>().Use<Careless>()).ShouldSay("Careless.HandleErrorAsync", "IHandleErrors");

    [Fact]
    public void Use_AMethodThatLooksLikeAnAnyHandler_IsReported() =>
        Finding(d => d.EventHandler<User>().Use<Curious>()).ShouldSay("Curious.HandleAnyAsync", "IHandleAny");

    [Fact]
    public async Task Use_AHelperForAnEventThatIsHandled_IsFine()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>().Use<Helped>());

        domain.Handler("Helped").EventTypes.ShouldBe([typeof(Registered)]);
    }

    [Fact]
    public void Use_ADependencyThatNobodyProvides_IsReported() =>
        Finding(d => d.EventHandler<User>().Use<Dependent>()).ShouldSay("Dependent needs Missing and IMissing", "register it");

    [Fact]
    public async Task Use_ADependencyWithADefault_IsFine()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>().Use<Optional>());

        domain.Handler("Optional").EventTypes.ShouldBe([typeof(Registered)]);
    }

    [Fact]
    public async Task Use_AKeyedDependency_IsFine()
    {
        await using var domain = Users.Create(d =>
        {
            d.Services.AddKeyedSingleton("left", new Missing());
            d.EventHandler<User>().Use<Keyed>();
        });

        await domain.RaiseAsync(new Registered("u"));
    }

    [Fact]
    public void Use_AKeyedDependencyUnderAnotherKey_IsReported() =>
        Finding(d =>
        {
            d.Services.AddKeyedSingleton("right", new Missing());
            d.EventHandler<User>().Use<Keyed>();
        }).ShouldSay("Keyed needs Missing");

    [Fact]
    public void Use_AClassWithoutAPublicConstructor_IsReported() =>
        Finding(d => d.EventHandler<User>().Use<Closed>()).ShouldSay("Closed has no public constructor");

    [Fact]
    public void Use_AnInterfaceForWhatIsNoMessage_IsReported() =>
        Finding(d => d.EventHandler<User>().Use<Confused>()).ShouldSay("Confused implements IHandle<String>", "neither an event nor a command");

    [Fact]
    public void Use_ACommandWithAResultHandledWithoutOne_IsReported() =>
        Finding(d => d.EventHandler<User>().Use<Resultless>()).ShouldSay("Resultless implements IHandle<CountUsers>", "IHandle<CountUsers, Int32>");

    [Fact]
    public void Use_ACommandHandledWithAnotherResult_IsReported() =>
        Finding(d => d.EventHandler<User>().Use<Misresulting>()).ShouldSay("Misresulting implements IHandle<CountUsers, String>");

    [Fact]
    public void Use_CommandsInAnEventHandler_AreReported() =>
        Finding(d => d.EventHandler<User>().Use<Both>()).ShouldSay("Both", "Register", "domain.CommandHandler<TAggregate>().Use<Both>()");

    [Fact]
    public void Use_EventsInACommandHandler_AreReported() =>
        Finding(d => d.CommandHandler<User>().Use<Both>()).ShouldSay("Both", "Registered", "domain.EventHandler<TAggregate>().Use<Both>()");

    [Fact]
    public async Task Use_OneClassForBoth_IsFine()
    {
        await using var domain = Users.Create(d =>
        {
            d.EventHandler<User>().Use<Both>();
            d.CommandHandler<User>().Use<Both>();
        });

        domain.Model.CommandTypes.ShouldBe([typeof(Register)]);
    }

    private static string Finding(Action<DomainBuilder> declare) => OnlyFindingOf(d =>
    {
        d.Aggregate<User>();
        declare(d);
    });

    public abstract class Handler : IHandle<Registered>
    {
        public Task HandleAsync(Registered message, HandlerContext context) => Task.CompletedTask;
    }

    public abstract class Abstract : Handler;

    public sealed class Forgetful : Handler
    {
        public Task HandleAsync(Activated message, HandlerContext context) => Task.CompletedTask;
    }

    public sealed class OnCommand : Handler
    {
        public void OnRegister(Register command) => GC.KeepAlive(command);
    }

    public sealed class OnQuery : Handler
    {
        bool Handle(FindUser query) => query.UserId.Length > 0;
    }

    public sealed class Careless : Handler
    {
        public Task HandleErrorAsync(Exception error, Message message, HandlerContext context) => Task.CompletedTask;
    }

    public sealed class Curious : Handler
    {
        public Task HandleAnyAsync(Message message, HandlerContext context) => Task.CompletedTask;
    }

    public sealed class Helped : Handler
    {
        void OnRegistered(Registered e) => GC.KeepAlive(e);
    }

    public sealed class Missing;

    public interface IMissing;

    public sealed class Dependent(Missing missing, IMissing other) : Handler
    {
        public object[] Needed => [missing, other];
    }

    public sealed class Optional(Missing? missing = null) : Handler
    {
        public Missing? Missing => missing;
    }

    public sealed class Keyed([FromKeyedServices("left")] Missing missing) : Handler
    {
        public Missing Missing => missing;
    }

    public sealed class Closed : Handler
    {
        private Closed()
        {
        }
    }

    public sealed class Confused : Handler, IHandle<string>
    {
        public Task HandleAsync(string message, HandlerContext context) => Task.CompletedTask;
    }

    public sealed class Resultless : Handler, IHandle<CountUsers>
    {
        public Task HandleAsync(CountUsers message, HandlerContext context) => Task.CompletedTask;
    }

    public sealed class Misresulting : Handler, IHandle<CountUsers, string>
    {
        public Task<string> HandleAsync(CountUsers request, HandlerContext context) => Task.FromResult("");
    }

    public sealed class Both : Handler, IHandle<Register>
    {
        public Task HandleAsync(Register message, HandlerContext context) => Task.CompletedTask;
    }
}
