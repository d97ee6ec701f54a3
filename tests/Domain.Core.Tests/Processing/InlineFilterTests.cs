using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>Which messages inline handlers are given.</summary>
public sealed class InlineFilterTests
{
    private readonly List<string> _log = [];

    [Fact]
    public async Task Handler_OfOneCategory_IsNotGivenAnothersEvents()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().Inline().OnAny((message, _) => _log.Add(message.Type)));

        await bank.Domain.StockAsync("s");
        await bank.Domain.OpenAsync("a");

        _log.ShouldBe(["Bank.Opened.v1"]);
    }

    [Fact]
    public async Task Handler_OfAll_IsGivenEveryCategorysEvents()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler().Named("all").StreamCategory("$all").Inline().OnAny((message, _) => _log.Add(message.Stream.Category)));

        await bank.Domain.StockAsync("s");
        await bank.Domain.OpenAsync("a");

        _log.ShouldBe(["bank::shelf", "bank::account"]);
    }

    [Fact]
    public async Task Handler_WithASourceStream_IsGivenOnlyWhatItsCommandsCaused()
    {
        await using var bank = Sourced("account");

        await bank.Domain.OpenAsync("outside");
        await bank.Domain.ProcessAsync(new Act("inside"));

        _log.ShouldBe(["inside"]);
    }

    [Fact]
    public async Task Handler_WithASourceStreamOfAnotherCategory_IsGivenNothing()
    {
        await using var bank = Sourced("shelf");

        await bank.Domain.ProcessAsync(new Act("inside"));

        _log.ShouldBeEmpty();
    }

    [Fact]
    public async Task AnyMethod_BesideASpecificOne_IsGivenTheOthersOnly()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().Inline()
            .On<Opened>((_, _) => _log.Add("specific"))
            .OnAny((message, _) => _log.Add(message.Type)));
        await bank.Domain.OpenAsync("a");

        await bank.Domain.DepositElsewhereAsync("a");

        _log.ShouldBe(["specific", "Bank.Deposited.v1"]);
    }

    [Fact]
    public async Task Notifications_AreNotGivenToHandlersOfTheAggregatesCategory()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Shelf>().Inline().OnAny((message, _) => _log.Add(message.Type)));

        await PostAsync(bank);

        _log.ShouldBe(["Bank.Stocked.v1"]);
        (await bank.Store.LogAsync(MessageKind.Notification)).ShouldHaveSingleItem().Stream.Value.ShouldBe("bank::shelf:notification-s");
    }

    [Fact]
    public async Task Notifications_AreNotGivenToDrainedHandlersOfTheAggregatesCategory()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Shelf>().OnAny((message, _) => _log.Add(message.Type)));
        await PostAsync(bank);

        await bank.DrainAsync();

        _log.ShouldBe(["Bank.Stocked.v1"]);
    }

    [Fact]
    public async Task Notifications_AreGivenToInlineHandlersOfTheirOwnCategory()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler().Named("posts").StreamCategory("shelf:notification").Inline()
            .On<Posted>((e, context) => _log.Add($"{e.Text} {context.Message!.GlobalPosition}")));

        await PostAsync(bank);

        _log.ShouldBe(["hello 2"]);
    }

    [Fact]
    public async Task Facts_AreGivenToInlineHandlersOfTheirCategory()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.Aggregate<Shelf>().RecordFacts();
            domain.EventHandler().Named("facts").StreamCategory("shelf:fact").Inline()
                .On<Fact<Shelf>>((fact, context) => _log.Add($"{fact.State.Count} {context.Message!.Stream}:{context.Message.Position}"));
        });

        await bank.Domain.StockAsync("s", 3);
        await bank.Domain.StockElsewhereAsync("s", 2);

        _log.ShouldBe(["3 bank::shelf:fact-s:0", "5 bank::shelf:fact-s:1"]);
    }

    [Fact]
    public async Task Notify_InAHandler_IsRecordedInItsCommit()
    {
        await using var bank = Bank.Acting((_, context) =>
        {
            context.Notify(new Posted("hello"));
            return Task.CompletedTask;
        });

        await bank.Domain.ProcessAsync(new Act());

        var log = await bank.Store.LogAsync();
        log.Select(m => (m.Kind, m.Stream.Value)).ShouldBe([(MessageKind.HandledCommand, "bank::account:command-acts"), (MessageKind.Notification, "bank::notification-acts")]);
    }

    [Fact]
    public async Task RemovedAggregate_WithAnEvent_IsStillHandled()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Shelf>().Inline().On<Cheered>((e, _) => _log.Add($"{e.Level}")));
        await bank.Domain.StockAsync("s");
        var unit = bank.Domain.BeginUnitOfWork();
        var shelf = await unit.Repository<Shelf>().GetAsync("s");
        shelf.Cheer(9);
        await unit.Repository<Shelf>().RemoveAsync(shelf);

        await unit.CommitAsync();

        _log.ShouldBe(["9"]);
    }

    private static Task PostAsync(TestDomain bank)
    {
        var shelf = Shelf.Make("s");
        shelf.Post("hello");
        return bank.Domain.Repository<Shelf>().SaveAsync(shelf).AsTask();
    }

    private TestDomain Sourced(string source) => Bank.Create(domain =>
    {
        domain.CommandHandler<Account>().On<Act>((act, context) => context.Repository<Account>().Add(Account.Open(act.Note)));
        domain.EventHandler<Account>().SourceStream(source).Inline().On<Opened>((e, _) => _log.Add(e.AccountId));
    });
}
