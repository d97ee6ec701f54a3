using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class RepositoryTests
{
    [Fact]
    public async Task GetAsync_OfNothing_SaysWhatIsMissing()
    {
        await using var bank = Bank.Create();

        var error = await Should.ThrowAsync<AggregateNotFoundException>(async () => await bank.Domain.Repository<Account>().GetAsync("nobody"));

        error.Message.ShouldBe("There is no Account with id 'nobody'.");
    }

    [Fact]
    public async Task FindAsync_OfNothing_IsNull()
    {
        await using var bank = Bank.Create();

        (await bank.Domain.Repository<Shelf>().FindAsync("nothing")).ShouldBeNull();
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("b", false)]
    public async Task ExistsAsync_EventSourced_TellsWhetherItWasStored(string id, bool exists)
    {
        await using var bank = Bank.Create();
        await bank.Domain.OpenAsync("a");

        (await bank.Domain.Repository<Account>().ExistsAsync(id)).ShouldBe(exists);
    }

    [Fact]
    public async Task ExistsAsync_StoredState_IsFalseOnceRemoved()
    {
        await using var bank = Bank.Create();
        await bank.Domain.StockAsync("s");
        var shelves = bank.Domain.Repository<Shelf>();
        (await shelves.ExistsAsync("s")).ShouldBeTrue();

        await shelves.RemoveAsync(await shelves.GetAsync("s"));

        (await shelves.ExistsAsync("s")).ShouldBeFalse();
    }

    [Fact]
    public async Task ExistsAsync_WithinAUnit_SeesWhatTheUnitAddedAndRemoved()
    {
        await using var bank = Bank.Create();
        await bank.Domain.StockAsync("old");
        var shelves = bank.Domain.BeginUnitOfWork().Repository<Shelf>();
        shelves.Add(Shelf.Make("new"));
        await shelves.RemoveAsync(await shelves.GetAsync("old"));

        (await shelves.ExistsAsync("new")).ShouldBeTrue();
        (await shelves.ExistsAsync("old")).ShouldBeFalse();
        (await shelves.FindAsync("old")).ShouldBeNull();
    }

    [Fact]
    public async Task Add_OutsideAUnit_SaysWhatToDo()
    {
        await using var bank = Bank.Create();

        var error = Should.Throw<InvalidOperationException>(() => bank.Domain.Repository<Account>().Add(Account.Open("a")));

        error.Message.ShouldContain("SaveAsync");
    }

    [Fact]
    public async Task SaveAsync_OutsideAUnit_StoresStateAndEventsAtOnce()
    {
        await using var bank = Bank.Create();

        await bank.Domain.StockAsync("s", 7);

        (await bank.Domain.CountAsync("s")).ShouldBe(7);
        (await bank.Store.TypesAsync()).ShouldBe(["Stocked"]);
    }

    [Fact]
    public async Task SaveAsync_OutsideAUnitAgain_GoesOnWithTheSameInstance()
    {
        await using var bank = Bank.Create();
        var account = Account.Open("a");
        await bank.Domain.Repository<Account>().SaveAsync(account);
        account.Deposit(4);

        await bank.Domain.Repository<Account>().SaveAsync(account);

        (await bank.Domain.BalanceAsync("a")).ShouldBe(4);
    }

    [Fact]
    public async Task SaveAsync_OutsideAUnitOfAChangeWithoutEvent_StoresIt()
    {
        await using var bank = Bank.Create();
        await bank.Domain.StockAsync("s");
        var shelf = await bank.Domain.Repository<Shelf>().GetAsync("s");
        shelf.PutSilently(3);

        await bank.Domain.Repository<Shelf>().SaveAsync(shelf);

        (await bank.Domain.CountAsync("s")).ShouldBe(3);
    }

    [Fact]
    public async Task SaveAsync_OutsideAUnitOfAChangeInStepsWithoutEvent_StoresIt()
    {
        await using var bank = Bank.Create();
        await bank.Domain.StockAsync("s");
        var shelf = await bank.Domain.Repository<Shelf>().GetAsync("s");
        shelf.PutInSteps(3);

        await bank.Domain.Repository<Shelf>().SaveAsync(shelf);

        (await bank.Domain.CountAsync("s")).ShouldBe(3);
    }

    [Fact]
    public async Task SaveAsync_WithinAHandler_WaitsForItsEnd()
    {
        var stored = true;
        await using var bank = Bank.Acting(async (_, context) =>
        {
            await context.Repository<Account>().SaveAsync(Account.Open("a"));
            stored = await context.Domain.BeginUnitOfWork().Repository<Account>().ExistsAsync("a");
        });

        await bank.Domain.ProcessAsync(new Act());

        stored.ShouldBeFalse();
        (await bank.Domain.Repository<Account>().ExistsAsync("a")).ShouldBeTrue();
    }

    [Fact]
    public async Task SaveAsync_EventSourcedChangedSince_IsRefusedWithBothVersions()
    {
        await using var bank = Bank.Create();
        await bank.Domain.OpenAsync("a");
        var account = await bank.Domain.Repository<Account>().GetAsync("a");
        account.Deposit(1);
        await bank.Domain.DepositElsewhereAsync("a");

        var error = await Should.ThrowAsync<ConcurrencyException>(async () => await bank.Domain.Repository<Account>().SaveAsync(account));

        (error.Expected, error.Actual).ShouldBe((0, 1));
        error.Subject.ShouldContain("bank::account-a");
    }

    [Fact]
    public async Task SaveAsync_StoredStateChangedSince_IsRefused()
    {
        await using var bank = Bank.Create();
        await bank.Domain.StockAsync("s");
        var shelf = await bank.Domain.Repository<Shelf>().GetAsync("s");
        shelf.Put(1);
        await bank.Domain.StockElsewhereAsync("s");

        var error = await Should.ThrowAsync<ConcurrencyException>(async () => await bank.Domain.Repository<Shelf>().SaveAsync(shelf));

        (error.Expected, error.Actual).ShouldBe((1, 2));
    }

    [Fact]
    public async Task SaveAsync_NewEventSourcedWithAnIdThatIsTaken_IsRefused()
    {
        await using var bank = Bank.Create();
        await bank.Domain.OpenAsync("a", 5);

        await Should.ThrowAsync<ConcurrencyException>(() => bank.Domain.OpenAsync("a"));

        (await bank.Domain.BalanceAsync("a")).ShouldBe(5);
    }

    [Fact]
    public async Task SaveAsync_NewStoredStateWithAnIdThatIsTaken_IsRefused()
    {
        await using var bank = Bank.Create();
        await bank.Domain.StockAsync("s", 5);

        await Should.ThrowAsync<ConcurrencyException>(() => bank.Domain.StockAsync("s"));

        (await bank.Store.TypesAsync()).ShouldBe(["Stocked"]);
    }

    [Fact]
    public async Task SaveAsync_AfterRemoval_MakesItAnew()
    {
        await using var bank = Bank.Create();
        await bank.Domain.StockAsync("s", 5);
        var shelves = bank.Domain.Repository<Shelf>();
        await shelves.RemoveAsync(await shelves.GetAsync("s"));

        await bank.Domain.StockAsync("s", 2);

        (await bank.Domain.CountAsync("s")).ShouldBe(2);
        (await bank.Store.TypesAsync()).ShouldBe(["Stocked", "Stocked"]);
    }

    [Fact]
    public async Task RemoveAsync_WithinAHandler_RemovesWithTheCommit()
    {
        await using var bank = Bank.Acting(async (_, context) =>
        {
            var shelves = context.Repository<Shelf>();
            await shelves.RemoveAsync(await shelves.GetAsync("s"));
        });
        await bank.Domain.StockAsync("s");

        await bank.Domain.ProcessAsync(new Act());

        (await bank.Domain.Repository<Shelf>().FindAsync("s")).ShouldBeNull();
    }

    [Fact]
    public async Task RemoveAsync_ChangedSince_IsRefused()
    {
        await using var bank = Bank.Create();
        await bank.Domain.StockAsync("s");
        var shelf = await bank.Domain.Repository<Shelf>().GetAsync("s");
        await bank.Domain.StockElsewhereAsync("s");

        await Should.ThrowAsync<ConcurrencyException>(async () => await bank.Domain.Repository<Shelf>().RemoveAsync(shelf));
    }

    [Fact]
    public async Task RemoveAsync_EventSourced_IsNotSupported()
    {
        await using var bank = Bank.Create();
        await bank.Domain.OpenAsync("a");
        var account = await bank.Domain.Repository<Account>().GetAsync("a");

        await Should.ThrowAsync<NotSupportedException>(async () => await bank.Domain.Repository<Account>().RemoveAsync(account));
    }

    [Fact]
    public async Task RemoveAsync_OfWhatTheUnitAdded_LeavesNoTraceOfIt()
    {
        List<string> handled = [];
        await using var bank = Bank.Create(domain => domain.EventHandler<Shelf>().Inline().OnAny((message, _) => handled.Add(message.Type)));
        var unit = bank.Domain.BeginUnitOfWork();
        var shelf = Shelf.Make("s");
        shelf.Post("hello");
        unit.Repository<Shelf>().Add(shelf);
        await unit.Repository<Shelf>().RemoveAsync(shelf);

        await unit.CommitAsync();

        (await bank.Store.GetHeadAsync()).ShouldBe(0);
        handled.ShouldBeEmpty();
    }

    [Fact]
    public async Task SaveAsync_OfAnInstanceThatBrokeARule_IsRefused()
    {
        await using var bank = Bank.Create();
        await bank.Domain.OpenAsync("a");
        var past = await bank.Domain.Repository<Account>().GetAsync("a", atVersion: 0);

        await Should.ThrowAsync<BrokenAggregateException>(async () => await bank.Domain.Repository<Account>().SaveAsync(past));
    }
}
