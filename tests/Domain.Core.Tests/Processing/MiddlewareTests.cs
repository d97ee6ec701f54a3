using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class MiddlewareTests
{
    public sealed record Rang(string Id) : IDomainEvent;

    public sealed record Ring(string Id) : ICommand<int>;

    public sealed record HowLoud : IQuery<int>;

    public sealed class Bell : EventSourcedAggregate
    {
        public static Bell Cast(string id)
        {
            var bell = new Bell { Id = id };
            bell.Raise(new Rang(id));
            return bell;
        }

        void Apply(Rang e) => Id = e.Id;
    }

    public sealed class Wrap(string name, List<string> log) : IMessageMiddleware
    {
        public async ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next)
        {
            log.Add($"{name}-in {message.GetType().Name}");
            await next();
            log.Add($"{name}-out");
        }
    }

    public sealed class Stop : IMessageMiddleware
    {
        public ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next) => ValueTask.CompletedTask;
    }

    public sealed class Twice : IMessageMiddleware
    {
        public async ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next)
        {
            await next();
            await next();
        }
    }

    public sealed record Break(string Id) : ICommand;

    public sealed class Swallow : IMessageMiddleware
    {
        public async ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next)
        {
            try
            {
                await next();
            }
            catch (TimeoutException)
            {
            }
        }
    }

    public sealed class Needy(IFormatProvider missing) : IMessageMiddleware
    {
        public ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next) => throw new NotSupportedException($"{missing}");
    }

    [Fact]
    public async Task Scenario_InProcess_A5_MiddlewaresWrapTheHandlerInTheOrderTheyWereAdded()
    {
        List<string> log = [];
        await using var domain = Create(log, d => d.Use(new Wrap("a", log)).Use(new Wrap("b", log)));

        await domain.ProcessAsync(new Ring("x"), TestContext.Current.CancellationToken);

        log.ShouldBe(["a-in Ring", "b-in Ring", "h", "b-out", "a-out"]);
    }

    [Fact]
    public async Task Scenario_InProcess_A7_WithAMiddleware_APlainResultComesBack()
    {
        await using var domain = Create([], d => d.Use(new Wrap("a", [])));

        (await domain.ProcessAsync(new Ring("x"), TestContext.Current.CancellationToken)).ShouldBe(42);
    }

    [Fact]
    public async Task QueryAsync_WithAMiddleware_IsWrapped()
    {
        List<string> log = [];
        await using var domain = Create([], d => d.Use(new Wrap("a", log)));

        (await domain.QueryAsync(new HowLoud(), TestContext.Current.CancellationToken)).ShouldBe(11);

        log.ShouldBe(["a-in HowLoud", "a-out"]);
    }

    [Fact]
    public async Task InlineHandler_WithAMiddleware_IsWrapped()
    {
        List<string> log = [];
        await using var domain = Create([], d =>
        {
            d.Use(new Wrap("a", log));
            d.EventHandler<Bell>().Inline().On<Rang>((_, _) => log.Add("heard"));
        });

        await domain.Repository<Bell>().SaveAsync(Bell.Cast("b"));

        log.ShouldBe(["a-in Rang", "heard", "a-out"]);
    }

    [Fact]
    public async Task Use_AMiddlewareThatDoesNotGoOn_IsAnErrorAndNothingIsStored()
    {
        await using var domain = Create([], d => d.Use<Stop>());

        var error = await Should.ThrowAsync<InvalidOperationException>(domain.ProcessAsync(new Ring("x"), TestContext.Current.CancellationToken));

        error.Message.ShouldContain("without calling next");
        (await domain.Store.GetHeadAsync(TestContext.Current.CancellationToken)).ShouldBe(0);
    }

    [Fact]
    public async Task Use_AMiddlewareThatGoesOnTwice_IsAnErrorAndNothingIsStored()
    {
        await using var domain = Create([], d => d.Use<Twice>());

        var error = await Should.ThrowAsync<InvalidOperationException>(domain.ProcessAsync(new Ring("x"), TestContext.Current.CancellationToken));

        error.Message.ShouldContain("called next twice");
        (await domain.Store.GetHeadAsync(TestContext.Current.CancellationToken)).ShouldBe(0);
    }

    [Fact]
    public async Task Use_AMiddlewareThatKeepsAnErrorToItself_IsAnErrorAndNothingIsStored()
    {
        await using var domain = Create([], d =>
        {
            d.Use(new Swallow());
            d.CommandHandler<Bell>().Named("breaking").On<Break>((_, context) =>
            {
                context.Repository<Bell>().Add(Bell.Cast("half"));
                throw new TimeoutException();
            });
        });

        var error = await Should.ThrowAsync<InvalidOperationException>(domain.ProcessAsync(new Break("x"), TestContext.Current.CancellationToken));

        error.InnerException.ShouldBeOfType<TimeoutException>();
        (await domain.Store.GetHeadAsync(TestContext.Current.CancellationToken)).ShouldBe(0);
    }

    [Fact]
    public void Use_AMiddlewareThatCannotBeMade_IsAFinding() =>
        Should.Throw<DomainConfigurationException>(() => Create([], d => d.Use<Needy>())).Message.ShouldContain("Middleware Needy needs IFormatProvider");

    private static Domain Create(List<string> log, Action<DomainBuilder> declare) => Domain.Create("Test", domain =>
    {
        domain.Aggregate<Bell>();
        domain.CommandHandler<Bell>().On<Ring, int>((_, _) =>
        {
            log.Add("h");
            return 42;
        });
        domain.QueryHandler().On<HowLoud, int>((_, _) => 11);
        declare(domain);
        domain.UseInMemory();
    });
}
