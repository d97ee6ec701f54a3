using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class UnitOfWorkTests
{
    [Fact]
    public async Task GetAsync_TwiceInOneUnit_IsOneInstance()
    {
        (Account? First, Account? Second) seen = default;
        await using var bank = Bank.Acting(async (_, context) =>
            seen = (await context.Repository<Account>().GetAsync("a"), await context.Repository<Account>().GetAsync("a")));
        await bank.Domain.OpenAsync("a");

        await bank.Domain.ProcessAsync(new Act());

        seen.First.ShouldNotBeNull().ShouldBeSameAs(seen.Second);
    }

    [Fact]
    public async Task FindByAsync_AfterGetAsync_IsTheSameInstance()
    {
        await using var bank = Bank.Create();
        await bank.Domain.StockAsync("s", label: "top");
        var shelves = bank.Domain.BeginUnitOfWork().Repository<Shelf>();
        var loaded = await shelves.GetAsync("s");

        (await shelves.FindByAsync(s => s.Label == "top")).ShouldBeSameAs(loaded);
    }

    [Fact]
    public async Task GetAsync_OfWhatWasAdded_IsTheAddedInstance()
    {
        await using var bank = Bank.Create();
        var accounts = bank.Domain.BeginUnitOfWork().Repository<Account>();
        var account = Account.Open("a");

        accounts.Add(account);

        (await accounts.GetAsync("a")).ShouldBeSameAs(account);
    }

    [Fact]
    public async Task CommitAsync_LoadedAndUnchanged_WritesNothing()
    {
        await using var bank = Bank.Create();
        await bank.Domain.StockAsync("s");
        var unit = bank.Domain.BeginUnitOfWork();
        await unit.Repository<Shelf>().GetAsync("s");

        await unit.CommitAsync();

        (await bank.Store.LoadDocumentAsync(new("bank::shelf", "s")))!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task CommitAsync_ChangedWithoutEvent_WritesTheState()
    {
        await using var bank = Bank.Create();
        await bank.Domain.StockAsync("s");
        var unit = bank.Domain.BeginUnitOfWork();
        (await unit.Repository<Shelf>().GetAsync("s")).PutSilently(5);

        await unit.CommitAsync();

        (await bank.Domain.CountAsync("s")).ShouldBe(5);
    }

    [Fact]
    public async Task CommitAsync_ChangedBackAgain_WritesNothing()
    {
        await using var bank = Bank.Create();
        await bank.Domain.StockAsync("s");
        var unit = bank.Domain.BeginUnitOfWork();
        var shelf = await unit.Repository<Shelf>().GetAsync("s");
        shelf.PutSilently(5);
        shelf.PutSilently(-5);

        await unit.CommitAsync();

        (await bank.Store.LoadDocumentAsync(new("bank::shelf", "s")))!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task CommitAsync_EventWithoutChange_IsRecorded()
    {
        await using var bank = Bank.Create();
        await bank.Domain.StockAsync("s");
        var unit = bank.Domain.BeginUnitOfWork();
        (await unit.Repository<Shelf>().GetAsync("s")).Cheer(1);

        await unit.CommitAsync();

        (await bank.Store.TypesAsync()).ShouldBe(["Stocked", "Cheered"]);
    }

    [Fact]
    public async Task CommitAsync_SeveralAggregates_AreOneCommit()
    {
        await using var bank = Bank.Create();
        var unit = bank.Domain.BeginUnitOfWork();
        unit.Repository<Account>().Add(Account.Open("a"));
        unit.Repository<Account>().Add(Account.Open("b"));
        unit.Repository<Shelf>().Add(Shelf.Make("s"));

        await unit.CommitAsync();

        (await bank.Store.TypesAsync()).ShouldBe(["Opened", "Opened", "Stocked"]);
    }

    [Fact]
    public async Task CommitAsync_OneOfSeveralInConflict_StoresNothing()
    {
        await using var bank = Bank.Create();
        await bank.Domain.OpenAsync("a");
        await bank.Domain.StockAsync("s");
        var unit = bank.Domain.BeginUnitOfWork();
        (await unit.Repository<Account>().GetAsync("a")).Deposit(10);
        (await unit.Repository<Shelf>().GetAsync("s")).Put(10);
        await bank.Domain.StockElsewhereAsync("s");

        await Should.ThrowAsync<ConcurrencyException>(() => unit.CommitAsync());

        (await bank.Domain.BalanceAsync("a")).ShouldBe(0);
        (await bank.Domain.CountAsync("s")).ShouldBe(1);
    }

    [Fact]
    public async Task SaveAsync_SecondInstanceWithTheSameId_IsRefused()
    {
        await using var bank = Bank.Create();
        await bank.Domain.OpenAsync("a");
        var accounts = bank.Domain.BeginUnitOfWork().Repository<Account>();
        await accounts.GetAsync("a");

        var error = Should.Throw<InvalidOperationException>(() => accounts.Add(Account.Open("a")));

        error.Message.ShouldContain("Another instance of Account 'a'");
    }

    [Fact]
    public async Task Add_OfWhatIsStoredAlready_IsRefused()
    {
        await using var bank = Bank.Create();
        await bank.Domain.OpenAsync("a");
        var account = await bank.Domain.Repository<Account>().GetAsync("a");

        Should.Throw<InvalidOperationException>(() => bank.Domain.BeginUnitOfWork().Repository<Account>().Add(account));
    }

    [Fact]
    public async Task CommitAsync_Twice_IsRefused()
    {
        await using var bank = Bank.Create();
        var unit = bank.Domain.BeginUnitOfWork();
        unit.Repository<Account>().Add(Account.Open("a"));
        await unit.CommitAsync();

        await Should.ThrowAsync<InvalidOperationException>(() => unit.CommitAsync());
    }

    [Fact]
    public async Task Repository_AfterTheCommit_IsRefused()
    {
        await using var bank = Bank.Create();
        var unit = bank.Domain.BeginUnitOfWork();
        await unit.CommitAsync();

        var error = await Should.ThrowAsync<InvalidOperationException>(async () => await unit.Repository<Account>().FindAsync("a"));

        error.Message.ShouldContain("can be used no more");
    }

    [Fact]
    public async Task QueryAsync_AfterTheCommit_IsRefusedEvenIfNothingMatches()
    {
        await using var bank = Bank.Create();
        var unit = bank.Domain.BeginUnitOfWork();
        await unit.CommitAsync();

        await Should.ThrowAsync<InvalidOperationException>(async () => await unit.Repository<Shelf>().QueryAsync());
    }

    [Fact]
    public async Task Repository_UsedByATaskThatOutlivesItsHandler_IsRefused()
    {
        var returned = new TaskCompletionSource();
        Task? late = null;
        await using var bank = Bank.Acting((_, context) =>
        {
            late = LateAsync(context.Repository<Account>());
            return Task.CompletedTask;
        });

        await bank.Domain.ProcessAsync(new Act());
        returned.SetResult();

        await Should.ThrowAsync<InvalidOperationException>(() => late!);
        (await bank.Domain.Repository<Account>().ExistsAsync("late")).ShouldBeFalse();

        async Task LateAsync(IRepository<Account> accounts)
        {
            await returned.Task;
            accounts.Add(Account.Open("late"));
        }
    }

    [Fact]
    public async Task QueryAsync_AsTheFirstCallOfADomain_StartsIt()
    {
        await using var bank = Bank.Create();

        (await bank.Domain.BeginUnitOfWork().Repository<Shelf>().QueryAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task CountAsync_AsTheFirstCallOfADomain_StartsIt()
    {
        await using var bank = Bank.Create();

        (await bank.Domain.BeginUnitOfWork().Repository<Shelf>().CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task CommitAsync_AfterAFailureWhilePuttingItTogether_IsRefused()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().InSameCommit()
            .On<Opened>((_, _) => throw new TimeoutException()));
        var unit = bank.Domain.BeginUnitOfWork();
        unit.Repository<Account>().Add(Account.Open("a"));
        await Should.ThrowAsync<TimeoutException>(() => unit.CommitAsync());

        await Should.ThrowAsync<InvalidOperationException>(() => unit.CommitAsync());

        (await bank.Store.GetHeadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task OnCommit_InTheInMemoryStore_IsRefusedAndStoresNothing()
    {
        await using var bank = Bank.Acting((_, context) =>
        {
            context.Repository<Account>().Add(Account.Open("a"));
            context.OnCommit((_, _, _) => Task.CompletedTask);
            return Task.CompletedTask;
        });

        var error = await Should.ThrowAsync<NotSupportedException>(() => bank.Domain.ProcessAsync(new Act()));

        error.Message.ShouldContain("in-memory store has no SQL");
        (await bank.Store.GetHeadAsync()).ShouldBe(0);
    }
}
