using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>Events that come from outside and are handled in process.</summary>
public sealed class PublishTests
{
    private readonly List<string> _log = [];

    public sealed record InvoicePaid(string AccountId, int Amount) : IDomainEvent;

    [Fact]
    public async Task PublishAsync_AnEventFromOutside_IsHandledInlineAndSoIsWhatFollows()
    {
        await using var bank = Create(domain => domain.EventHandler<Account>().Named("deposited").Inline().On<Deposited>((e, _) => _log.Add($"deposited {e.Amount}")));
        await bank.Domain.OpenAsync("a");

        await bank.Domain.PublishAsync(new InvoicePaid("a", 5), cancellationToken: TestContext.Current.CancellationToken);

        _log.ShouldBe(["paid 5", "deposited 5"]);
        (await bank.Domain.BalanceAsync("a")).ShouldBe(5);
        (await bank.Store.TypesAsync()).ShouldBe(["Opened", "Deposited"]);
    }

    [Fact]
    public async Task PublishAsync_WithWhatIsKnownOfIt_HandlersSeeItAndEffectsInheritIt()
    {
        Message? seen = null;
        await using var bank = Create(domain => domain.EventHandler<Account>().Named("seeing").Inline().On<InvoicePaid>((_, context) => seen = context.Message));
        await bank.Domain.OpenAsync("a");
        var options = new PublishOptions
        {
            Id = Guid.CreateVersion7(),
            Time = DateTimeOffset.UnixEpoch,
            CorrelationId = "chain",
            Headers = new Dictionary<string, string> { ["tenant"] = "t1" },
        };

        await bank.Domain.PublishAsync(new InvoicePaid("a", 5), options, TestContext.Current.CancellationToken);

        seen.ShouldNotBeNull();
        seen.Id.ShouldBe(options.Id.Value);
        seen.Time.ShouldBe(DateTimeOffset.UnixEpoch);
        seen.GlobalPosition.ShouldBe(0);
        var effect = (await bank.Store.LogAsync())[^1];
        effect.Metadata.CausationId.ShouldBe(options.Id);
        effect.Metadata.CorrelationId.ShouldBe("chain");
        effect.Metadata.Headers["tenant"].ShouldBe("t1");
    }

    [Theory]
    [InlineData("billing::invoice-17", true)]
    [InlineData("billing::refund-17", false)]
    [InlineData(null, true)]
    public async Task PublishAsync_WithAStream_OnlyHandlersOfItsCategoryGetIt(string? stream, bool isHeard)
    {
        await using var bank = Bank.Create(domain => domain.EventHandler().Named("invoices").StreamCategory("billing::invoice").Inline()
            .On<InvoicePaid>((e, _) => _log.Add($"paid {e.Amount}")));

        await bank.Domain.PublishAsync(new InvoicePaid("a", 5), new() { Stream = stream is null ? null : StreamName.Parse(stream) }, TestContext.Current.CancellationToken);

        _log.Count.ShouldBe(isHeard ? 1 : 0);
    }

    [Fact]
    public async Task PublishAsync_HandlersOfTheSameCommit_LeaveOneCommitOrNone()
    {
        var fails = true;
        await using var bank = Bank.Create(domain =>
        {
            domain.EventHandler<Account>().Named("one").InSameCommit().On<InvoicePaid>((e, context) => context.Repository<Account>().Add(Account.Open(e.AccountId)));
            domain.EventHandler<Shelf>().Named("two").InSameCommit().On<InvoicePaid>((_, context) =>
            {
                context.Repository<Shelf>().Add(Shelf.Make("s"));
                if (fails)
                    throw new TimeoutException();
            });
            domain.EventHandler<Account>().Named("after").Inline().On<Opened>((_, _) => _log.Add("after"));
        });

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.PublishAsync(new InvoicePaid("a", 5), cancellationToken: TestContext.Current.CancellationToken));
        (await bank.Store.GetHeadAsync(TestContext.Current.CancellationToken)).ShouldBe(0);
        _log.ShouldBeEmpty();

        fails = false;
        await bank.Domain.PublishAsync(new InvoicePaid("a", 5), cancellationToken: TestContext.Current.CancellationToken);

        (await bank.Store.TypesAsync()).ShouldBe(["Opened", "Stocked"]);
        _log.ShouldBe(["after"]);
    }

    [Fact]
    public async Task PublishAsync_ToAFailingHandler_FollowsTheErrorPolicyOfTheDomain()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.EventHandler<Account>().Named("failing").Inline().On<InvoicePaid>((_, _) => throw new TimeoutException())
                .HandleError((error, _, _) => _log.Add(error.GetType().Name));
            domain.EventHandler<Account>().Named("sound").Inline().On<InvoicePaid>((_, _) => _log.Add("sound"));
        });

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.PublishAsync(new InvoicePaid("a", 5), cancellationToken: TestContext.Current.CancellationToken));

        _log.ShouldBe(["TimeoutException", "sound"]);
    }

    [Fact]
    public async Task PublishAsync_ToADurableHandler_IsHandledAndMarksNothing()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().Durable().On<InvoicePaid>((e, context) => context.Repository<Account>().Add(Account.Open(e.AccountId))));

        await bank.Domain.PublishAsync(new InvoicePaid("a", 5), cancellationToken: TestContext.Current.CancellationToken);
        await bank.Domain.PublishAsync(new InvoicePaid("b", 5), cancellationToken: TestContext.Current.CancellationToken);

        (await bank.Store.TypesAsync()).ShouldBe(["Opened", "Opened"]);
    }

    [Fact]
    public async Task PublishAsync_NobodyHandlesItHere_IsWarnedOfOnce()
    {
        using var log = new CapturedLog();
        await using var bank = Bank.Create(domain =>
        {
            log.AddTo(domain);
            domain.EventHandler<Account>().InEngine().On<InvoicePaid>((_, _) => _log.Add("engine"));
        });

        await bank.Domain.PublishAsync(new InvoicePaid("a", 5), cancellationToken: TestContext.Current.CancellationToken);
        await bank.Domain.PublishAsync(new InvoicePaid("a", 6), cancellationToken: TestContext.Current.CancellationToken);

        log.Of(1010).ShouldHaveSingleItem().Text.ShouldContain("InvoicePaid was published");
        _log.ShouldBeEmpty();
    }

    [Fact]
    public async Task PublishAsync_ForACategoryThatNobodyListensTo_IsWarnedOf()
    {
        using var log = new CapturedLog();
        await using var bank = Bank.Create(domain =>
        {
            log.AddTo(domain);
            domain.EventHandler<Account>().Inline().On<InvoicePaid>((_, _) => _log.Add("heard"));
        });

        await bank.Domain.PublishAsync(new InvoicePaid("a", 5), new() { Stream = StreamName.Parse("billing::invoice-17") }, TestContext.Current.CancellationToken);

        log.Of(1010).ShouldHaveSingleItem().Text.ShouldContain("InvoicePaid was published for billing::invoice");
        _log.ShouldBeEmpty();
    }

    [Fact]
    public async Task PublishAsync_ThatFails_MayBeRepeatedByWhoeverBroughtIt()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().Inline().On<InvoicePaid>((_, _) => throw new TimeoutException()));

        var error = await Should.ThrowAsync<TimeoutException>(() => bank.Domain.PublishAsync(new InvoicePaid("a", 5), cancellationToken: TestContext.Current.CancellationToken));

        AfterCommit.IsMarked(error).ShouldBeFalse();
    }

    [Fact]
    public async Task PublishAsync_FromWithinItsOwnCommit_ReachesTheDepthLimit()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().InSameCommit().On<InvoicePaid>((e, context) => context.Domain.PublishAsync(e)));

        await Should.ThrowAsync<EventDepthExceededException>(() => bank.Domain.PublishAsync(new InvoicePaid("a", 5), cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task PublishAsync_AnEventThatIsPublishedAgainAndAgain_ReachesTheDepthLimit()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.MaxEventDepth = 5;
            domain.EventHandler<Account>().Inline().On<InvoicePaid>(async (e, context) =>
            {
                _log.Add("again");
                await context.Domain.PublishAsync(e);
            });
        });

        await Should.ThrowAsync<EventDepthExceededException>(() => bank.Domain.PublishAsync(new InvoicePaid("a", 5), cancellationToken: TestContext.Current.CancellationToken));

        _log.Count.ShouldBe(5);
    }

    [Fact]
    public async Task PublishAsync_Null_IsRefused()
    {
        await using var bank = Bank.Create();

        await Should.ThrowAsync<ArgumentNullException>(() => bank.Domain.PublishAsync(null!, cancellationToken: TestContext.Current.CancellationToken));
    }

    private TestDomain Create(Action<DomainBuilder>? declare = null) => Bank.Create(domain =>
    {
        domain.EventHandler<Account>().Named("paid").Inline().On<InvoicePaid>(e => e.AccountId, (account, e) =>
        {
            _log.Add($"paid {e.Amount}");
            account.Deposit(e.Amount);
        });
        declare?.Invoke(domain);
    });
}
