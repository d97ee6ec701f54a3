using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary><c>HandleError</c>: told once of each failure, in a unit of work of its own.</summary>
public sealed class ErrorHandlerTests
{
    private readonly List<string> _told = [];

    [Theory]
    [InlineData(InlineErrorPolicy.Throw)]
    [InlineData(InlineErrorPolicy.Isolate)]
    [InlineData(InlineErrorPolicy.FailFast)]
    public async Task HandleError_UnderEveryPolicy_IsToldOnceOfTheErrorAndTheMessage(InlineErrorPolicy policy)
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.InlineErrors = policy;
            domain.EventHandler<Account>().Inline()
                .On<Opened>((_, _) => throw new TimeoutException("no"))
                .HandleError((error, message, context) => _told.Add($"{error.Message} {message.Stream} {ReferenceEquals(context.Message, message)}"));
        });

        await OpenAsync(bank);

        _told.ShouldBe(["no bank::account-a True"]);
    }

    [Fact]
    public async Task HandleError_AfterRetries_IsToldOnce()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().Inline()
            .On<Opened>(async (_, context) =>
            {
                (await context.Repository<Shelf>().GetAsync("s")).Put(1);
                await context.Domain.StockElsewhereAsync("s");
            })
            .HandleError((error, _, _) => _told.Add(error.GetType().Name)));
        await bank.Domain.StockAsync("s");
        bank.Clock.SkipDelays = true;

        await OpenAsync(bank);

        _told.ShouldBe([nameof(ConcurrencyException)]);
    }

    [Fact]
    public async Task HandleError_ThatChangesAnAggregate_HasItCommitted()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().Inline()
            .On<Opened>((_, context) =>
            {
                context.Repository<Shelf>().Add(Shelf.Make("lost"));
                throw new TimeoutException();
            })
            .HandleError((_, _, context) => context.Repository<Shelf>().Add(Shelf.Make("kept"))));

        await OpenAsync(bank);

        (await bank.Store.LogAsync()).Select(m => m.Stream.Value).ShouldBe(["bank::account-a", "bank::shelf-kept"]);
    }

    [Fact]
    public async Task HandleError_ThatRaisesAnEvent_SetsOffItsInlineHandlers()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.EventHandler<Account>().Named("failing").Inline()
                .On<Opened>((_, _) => throw new TimeoutException())
                .HandleError((_, _, context) => context.Repository<Shelf>().Add(Shelf.Make("s")));
            domain.EventHandler<Shelf>().Inline().On<Stocked>((e, _) => _told.Add(e.ShelfId));
        });

        await OpenAsync(bank);

        _told.ShouldBe(["s"]);
    }

    [Fact]
    public async Task HandleError_OfADrainedHandlerThatRaisesAnEvent_SetsOffItsInlineHandlers()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.EventHandler<Account>().Named("failing")
                .On<Opened>((_, _) => throw new TimeoutException())
                .HandleError((_, _, context) => context.Repository<Shelf>().Add(Shelf.Make("s")));
            domain.EventHandler<Shelf>().Inline().On<Stocked>((e, _) => _told.Add(e.ShelfId));
        });
        await bank.Domain.OpenAsync("a");

        await bank.DrainAsync();

        _told.ShouldBe(["s"]);
    }

    [Fact]
    public async Task HandleError_ThatThrows_IsLoggedAndGoesNoFurther()
    {
        using var log = new CapturedLog();
        await using var bank = Bank.Create(domain =>
        {
            log.AddTo(domain);
            domain.EventHandler<Account>().Inline()
                .On<Opened>((_, _) => throw new TimeoutException("first"))
                .HandleError((_, _, _) => throw new InvalidOperationException("second"));
        });

        (await Should.ThrowAsync<TimeoutException>(() => bank.Domain.OpenAsync("a"))).Message.ShouldBe("first");

        log.Of(1003).ShouldHaveSingleItem().Error!.Message.ShouldBe("second");
    }

    [Fact]
    public async Task HandleError_ThatThrows_StoresNothingOfItsUnit()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().Inline()
            .On<Opened>((_, _) => throw new TimeoutException())
            .HandleError((_, _, context) =>
            {
                context.Repository<Shelf>().Add(Shelf.Make("s"));
                throw new InvalidOperationException();
            }));

        await OpenAsync(bank);

        (await bank.Store.TypesAsync()).ShouldBe(["Opened"]);
    }

    [Fact]
    public async Task HandleError_OneOfTwoThrows_TheOtherIsToldToo()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().Inline()
            .On<Opened>((_, _) => throw new TimeoutException())
            .HandleError((_, _, _) => throw new InvalidOperationException())
            .HandleError((_, _, _) => _told.Add("second")));

        await OpenAsync(bank);

        _told.ShouldBe(["second"]);
    }

    [Fact]
    public async Task HandleErrorAsync_OfAHandlerClass_IsTold()
    {
        Reacting.Told.Clear();
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().Inline().Use<Reacting>());

        await OpenAsync(bank);

        Reacting.Told.ShouldBe(["class"]);
    }

    [Fact]
    public async Task DrainAsync_HandlerWhoseInlineFollowUpFailed_HasNotFailedItself()
    {
        var runs = 0;
        await using var bank = Bank.Create(domain =>
        {
            domain.EventHandler<Account>()
                .On<Opened>((_, context) =>
                {
                    runs++;
                    context.Repository<Shelf>().Add(Shelf.Make("s"));
                })
                .HandleError((_, _, _) => _told.Add("wrong"));
            domain.EventHandler<Shelf>().Inline()
                .On<Stocked>((_, _) => throw new TimeoutException())
                .HandleError((_, _, _) => _told.Add("right"));
        });
        await bank.Domain.OpenAsync("a");

        await bank.DrainAsync();

        _told.ShouldBe(["right"]);
        bank.Failures.ShouldBeEmpty();
    }

    private static async Task OpenAsync(TestDomain bank)
    {
        try
        {
            await bank.Domain.OpenAsync("a");
        }
        catch (Exception e) when (AfterCommit.IsMarked(e))
        {
        }
    }

    private sealed class Reacting : IHandle<Opened>, IHandleErrors
    {
        public static List<string> Told { get; } = [];

        public Task HandleAsync(Opened message, HandlerContext context) => throw new TimeoutException("class");

        public Task HandleErrorAsync(Exception error, Message message, HandlerContext context)
        {
            Told.Add(error.Message);
            return Task.CompletedTask;
        }
    }
}
