using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>Requests that are answered item by item.</summary>
public sealed class StreamTests
{
    private readonly List<string> _log = [];

    public sealed record OpenMany(int Count, int FailAt = -1) : IStreamRequest<string>;

    public sealed record Unbound : IStreamRequest<int>;

    public sealed class Opening(List<string> log) : IHandleStream<OpenMany, string>
    {
        public async IAsyncEnumerable<string> HandleAsync(OpenMany request, HandlerContext context)
        {
            log.Add("class");
            await Task.Yield();
            yield return $"{request.Count}";
        }
    }

    public sealed class Mistaken : IHandle<OpenMany>
    {
        public Task HandleAsync(OpenMany message, HandlerContext context) => Task.CompletedTask;
    }

    public sealed class Resource(List<string> log) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            log.Add("disposed");
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Wrap(List<string> log) : IMessageMiddleware
    {
        public static readonly AsyncLocal<string?> Flow = new();

        public async ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next)
        {
            log.Add($"in {message.GetType().Name}");
            Flow.Value = "of the middleware";
            try
            {
                await next();
                log.Add("out");
            }
            catch (Exception e)
            {
                log.Add($"error {e.Message}");
                throw;
            }
        }
    }

    private sealed class Translating(bool swallow) : IMessageMiddleware
    {
        public async ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next)
        {
            try
            {
                await next();
            }
            catch (TimeoutException e) when (!swallow)
            {
                throw new NotSupportedException("translated", e);
            }
            catch (TimeoutException)
            {
            }
        }
    }

    private sealed class Refusing : IMessageMiddleware
    {
        public ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next) => throw new UnauthorizedAccessException();
    }

    [Fact]
    public async Task Scenario_InProcess_F52_AtReceiptOfEachItem_ItsEventWasHandled()
    {
        await using var bank = Create();
        List<string> items = [];

        await foreach (var item in bank.Domain.StreamAsync(new OpenMany(3), TestContext.Current.CancellationToken))
        {
            items.Add(item);
            _log.Count(l => l.StartsWith("event")).ShouldBe(items.Count);
            (await bank.Store.TypesAsync()).Count.ShouldBe(items.Count);
        }

        items.ShouldBe(["a0", "a1", "a2"]);
        _log.ShouldBe(["event a0", "event a1", "event a2", "handler ends", "disposed"]);
    }

    [Fact]
    public async Task Scenario_InProcess_F53_NoItems_IsEmptyWithoutAnError()
    {
        await using var bank = Create();

        (await ItemsAsync(bank, new OpenMany(0))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Scenario_InProcess_F54_WithoutAHandler_ThrowsAtEnumeration()
    {
        await using var bank = Create();

        var items = bank.Domain.StreamAsync(new Unbound(), TestContext.Current.CancellationToken);

        var error = await Should.ThrowAsync<HandlerNotFoundException>(items.GetAsyncEnumerator(TestContext.Current.CancellationToken).MoveNextAsync().AsTask());
        error.Message.ShouldContain("Unbound");
    }

    [Fact]
    public async Task Scenario_InProcess_F55_Middleware_WrapsTheWholeStream()
    {
        await using var bank = Create(domain => domain.Use(new Wrap(_log)));

        await foreach (var item in bank.Domain.StreamAsync(new OpenMany(2), TestContext.Current.CancellationToken))
            _log.Add(item);

        // Event handlers are wrapped, too.
        _log.ShouldBe(["in OpenMany", "in Opened", "event a0", "out", "a0", "in Opened", "event a1", "out", "a1", "handler ends", "out", "disposed"]);
    }

    [Fact]
    public async Task Scenario_InProcess_F56_TheConsumerStops_TheScopeIsClosedAtOnce()
    {
        await using var bank = Create(domain => domain.Use(new Wrap(_log)));

        await foreach (var item in bank.Domain.StreamAsync(new OpenMany(3), TestContext.Current.CancellationToken))
        {
            _log.Add(item);
            break;
        }

        _log.ShouldBe(["in OpenMany", "in Opened", "event a0", "out", "a0", "handler ends", "out", "disposed"]);
        (await bank.Store.TypesAsync()).ShouldBe(["Opened"]);
    }

    [Fact]
    public async Task Handler_ThatFails_KeepsWhatWasHandedOutAndDropsTheRest()
    {
        await using var bank = Create(domain => domain.Use(new Wrap(_log)));
        List<string> items = [];

        var error = await Should.ThrowAsync<TimeoutException>(async () =>
        {
            await foreach (var item in bank.Domain.StreamAsync(new OpenMany(3, FailAt: 1), TestContext.Current.CancellationToken))
                items.Add(item);
        });

        error.Message.ShouldBe("at 1");
        items.ShouldBe(["a0"]);
        _log[^3..].ShouldBe(["handler ends", "error at 1", "disposed"]);
        (await bank.Store.TypesAsync()).ShouldBe(["Opened"]);
    }

    [Fact]
    public async Task Middleware_ThatTranslatesAnError_IsHeard()
    {
        await using var bank = Create(domain => domain.Use(new Translating(swallow: false)));

        (await Should.ThrowAsync<NotSupportedException>(() => ItemsAsync(bank, new OpenMany(3, FailAt: 1)))).InnerException.ShouldBeOfType<TimeoutException>();
    }

    [Fact]
    public async Task Middleware_ThatTakesAnErrorUponItself_EndsTheStream()
    {
        await using var bank = Create(domain => domain.Use(new Translating(swallow: true)));

        (await ItemsAsync(bank, new OpenMany(3, FailAt: 1))).ShouldBe(["a0"]);
    }

    [Fact]
    public async Task Middleware_ThatRefuses_KeepsTheHandlerFromBeingCalled()
    {
        await using var bank = Create(domain => domain.Use(new Refusing()));

        await Should.ThrowAsync<UnauthorizedAccessException>(() => ItemsAsync(bank, new OpenMany(1)));

        (await bank.Store.GetHeadAsync(TestContext.Current.CancellationToken)).ShouldBe(0);
    }

    [Fact]
    public async Task Handler_RunsInTheFlowOfItsMiddleware_AndNotInThatOfItsCaller()
    {
        List<string?> seen = [];
        await using var bank = Bank.Create(domain =>
        {
            domain.Use(new Wrap([]));
            domain.StreamHandler().On<OpenMany, string>((_, _) => Seeing());
        });

        await foreach (var _ in bank.Domain.StreamAsync(new OpenMany(1), TestContext.Current.CancellationToken))
            Wrap.Flow.Value.ShouldBeNull();

        seen.ShouldBe(["of the middleware", "of the middleware"]);

        async IAsyncEnumerable<string> Seeing()
        {
            seen.Add(Wrap.Flow.Value);
            yield return "1";
            await Task.Yield();
            seen.Add(Wrap.Flow.Value);
        }
    }

    [Fact]
    public async Task Items_OfAnInjectedRepositoryAndOneThatWasKept_AreEachSavedInTheirTurn()
    {
        await using var bank = Bank.Create(domain => domain.StreamHandler().On<OpenMany, string>((request, context) => DepositAsync(request, context.Repository<Account>())));
        await bank.Domain.OpenAsync("a");
        List<int> balances = [];

        await foreach (var _ in bank.Domain.StreamAsync(new OpenMany(3), TestContext.Current.CancellationToken))
            balances.Add(await bank.Domain.BalanceAsync("a"));

        balances.ShouldBe([1, 2, 3]);

        static async IAsyncEnumerable<string> DepositAsync(OpenMany request, IRepository<Account> accounts)
        {
            for (var i = 0; i < request.Count; i++)
            {
                (await accounts.GetAsync("a")).Deposit(1);
                yield return "deposited";
            }
        }
    }

    [Fact]
    public async Task Items_AnAggregateOfAnEarlierItem_IsRefusedWithTheWayOut()
    {
        await using var bank = Bank.Create(domain => domain.StreamHandler().On<OpenMany, string>((_, context) => TwiceAsync(context)));
        await bank.Domain.OpenAsync("a");

        var error = await Should.ThrowAsync<BrokenAggregateException>(() => ItemsAsync(bank, new OpenMany(0)));

        error.Message.ShouldContain("get it again");
        (await bank.Domain.BalanceAsync("a")).ShouldBe(1);

        static async IAsyncEnumerable<string> TwiceAsync(HandlerContext context)
        {
            var account = await context.Repository<Account>().GetAsync("a");
            account.Deposit(1);
            yield return "once";
            account.Deposit(1);
            yield return "twice";
        }
    }

    [Fact]
    public async Task Items_BelongToOneCorrelation()
    {
        await using var bank = Create();

        await ItemsAsync(bank, new OpenMany(3));

        (await bank.Store.LogAsync()).Select(m => m.Metadata.CorrelationId).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Changes_AfterTheLastItem_AreCommittedToo()
    {
        await using var bank = Bank.Create(domain => domain.StreamHandler().On<OpenMany, string>((_, context) => LateAsync(context)));

        await ItemsAsync(bank, new OpenMany(0));

        (await bank.Store.TypesAsync()).ShouldBe(["Opened"]);

        static async IAsyncEnumerable<string> LateAsync(HandlerContext context)
        {
            yield return "first";
            await Task.Yield();
            context.Repository<Account>().Add(Account.Open("late"));
        }
    }

    [Fact]
    public async Task InlineHandler_ThatFails_EndsTheStreamBeforeTheItem()
    {
        await using var bank = Create(domain => domain.EventHandler<Account>().Named("failing").Inline().On<Opened>((e, _) =>
        {
            if (e.AccountId == "a1")
                throw new TimeoutException("inline");
        }));
        List<string> items = [];

        var error = await Should.ThrowAsync<TimeoutException>(async () =>
        {
            await foreach (var item in bank.Domain.StreamAsync(new OpenMany(3), TestContext.Current.CancellationToken))
                items.Add(item);
        });

        AfterCommit.IsMarked(error).ShouldBeTrue();
        items.ShouldBe(["a0"]);
        (await bank.Store.TypesAsync()).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancellation_OfTheCallOrOfTheEnumeration_ReachesHandlerAndCaller(bool ofTheCall)
    {
        using var call = new CancellationTokenSource();
        using var enumeration = new CancellationTokenSource();
        await using var bank = Bank.Create(domain => domain.StreamHandler().On<OpenMany, string>((_, context) => EndlessAsync(context)));
        var items = 0;

        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in bank.Domain.StreamAsync(new OpenMany(0), call.Token).WithCancellation(enumeration.Token))
            {
                items++;
                await (ofTheCall ? call : enumeration).CancelAsync();
            }
        });

        items.ShouldBe(1);

        static async IAsyncEnumerable<string> EndlessAsync(HandlerContext context, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await Task.Yield();
                yield return $"{context.CancellationToken.CanBeCanceled}";
            }
        }
    }

    [Fact]
    public async Task Spans_OfAStream_HoldWhatItsItemsSetOff()
    {
        using var spans = new Spans();
        await using var bank = Create();

        await ItemsAsync(bank, new OpenMany(2));

        var stream = spans.Ended[^1];
        stream.DisplayName.ShouldBe("stream OpenMany");
        spans.Ended.SkipLast(1).Where(a => a.DisplayName == "handler account").Select(a => a.ParentSpanId).ShouldBe([stream.SpanId, stream.SpanId]);
        (await bank.Store.LogAsync()).ShouldAllBe(m => m.Metadata.TraceParent!.Contains(stream.TraceId.ToHexString()));
    }

    [Fact]
    public async Task Enumerations_EachCallTheHandlerAnew()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.Services.AddSingleton(_log);
            domain.StreamHandler().Use<Opening>();
        });
        var items = bank.Domain.StreamAsync(new OpenMany(7), TestContext.Current.CancellationToken);

        await foreach (var item in items)
            item.ShouldBe("7");
        await foreach (var item in items)
            item.ShouldBe("7");

        _log.ShouldBe(["class", "class"]);
    }

    [Fact]
    public void Declarations_ThatCannotWork_AreFindings()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Bank.Create(domain =>
        {
            domain.StreamHandler().Named("empty");
            domain.StreamHandler().Named("first").On<OpenMany, string>((_, _) => throw new NotSupportedException());
            domain.StreamHandler().Named("second").On<OpenMany, string>((_, _) => throw new NotSupportedException());
            domain.EventHandler<Account>().Use<Mistaken>();
            domain.QueryHandler().Use<Opening>();
            domain.StreamHandler().Named("told").HandleError((_, _, _) => { }).RetryConflicts(5).TimeLimit(TimeSpan.FromSeconds(1)).On<Unbound, int>((_, _) => throw new NotSupportedException());
        }));

        error.Message.ShouldContain("empty answers no request");
        error.Message.ShouldContain("told answers its caller, and HandleError(…) is never called");
        error.Message.ShouldContain("told answers its caller, and RetryConflicts(…) has nothing to repeat");
        error.Message.ShouldContain("told answers its caller, and what it says of its delivery is for handlers that the Engine calls");
        error.Message.ShouldContain("OpenMany has two handlers, first and second");
        error.Message.ShouldContain("Mistaken implements IHandle<OpenMany>, which would never be called for OpenMany: it is answered item by item, so implement IHandleStream<OpenMany, …>");
        error.Message.ShouldContain("Handler class Opening handles OpenMany, but is not used for it: add domain.StreamHandler().Use<Opening>()");
    }

    private TestDomain Create(Action<DomainBuilder>? declare = null) => Bank.Create(domain =>
    {
        domain.Services.AddScoped(_ => new Resource(_log));
        domain.StreamHandler().On<OpenMany, string>((request, context) => OpenAsync(request, context));
        domain.EventHandler<Account>().Inline().On<Opened>((e, _) => _log.Add($"event {e.AccountId}"));
        declare?.Invoke(domain);
    });

    private async IAsyncEnumerable<string> OpenAsync(OpenMany request, HandlerContext context)
    {
        _ = context.Services.GetRequiredService<Resource>();
        await Task.Yield();
        try
        {
            for (var i = 0; i < request.Count; i++)
            {
                context.Repository<Account>().Add(Account.Open($"a{i}"));
                if (i == request.FailAt)
                    throw new TimeoutException($"at {i}");
                yield return $"a{i}";
            }
        }
        finally
        {
            _log.Add("handler ends");
        }
    }

    private static async Task<List<string>> ItemsAsync(TestDomain bank, OpenMany request)
    {
        List<string> items = [];
        await foreach (var item in bank.Domain.StreamAsync(request, TestContext.Current.CancellationToken))
            items.Add(item);
        return items;
    }
}
