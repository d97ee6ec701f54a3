using Protean.Engine;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Docs.Modelling;

/// <summary>What the guide to modelling says happens.</summary>
public sealed class ModellingTests : IAsyncDisposable
{
    private const int HangLimit = 60_000;

    private readonly List<string> _feed = [];
    private readonly TestDomain _test;

    public ModellingTests() => _test = TestDomain.Create("bank", domain =>
    {
        ModellingExample.Declare(domain);
        ModellingExample.Follow(domain, _feed.Add);
    });

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Domain Bank => _test.Domain;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Command_WithItsKeyAgain_HappensOnce()
    {
        (await ModellingExample.UseAsync(Bank, _test.Clock, Cancellation)).ShouldBe(70);

        var again = await Bank.ProcessAsync(new Withdraw("a-1", 30), new() { IdempotencyKey = "withdrawal-4711", Headers = new Dictionary<string, string> { ["tenant"] = "north" } }, Cancellation);

        again.ShouldBe(70);
        (await Bank.Repository<Account>().GetAsync("a-1", Cancellation)).Balance.ShouldBe(70);
        await Should.ThrowAsync<IdempotencyKeyReusedException>(() =>
            Bank.ProcessAsync(new Withdraw("a-1", 1), new() { IdempotencyKey = "withdrawal-4711", Headers = new Dictionary<string, string> { ["tenant"] = "north" } }, Cancellation));
    }

    [Fact]
    public async Task Command_AfterItsDeadline_IsNotBegun()
    {
        await ModellingExample.UseAsync(Bank, _test.Clock, Cancellation);

        await Should.ThrowAsync<DeadlineExceededException>(() =>
            Bank.ProcessAsync(new Withdraw("a-1", 1), new CommandOptions { Deadline = _test.Clock.GetUtcNow() - TimeSpan.FromSeconds(1) }, Cancellation));
    }

    [Fact]
    public async Task Command_ThatIsRecorded_StandsInTheStreamOfItsTarget()
    {
        await ModellingExample.UseAsync(Bank, _test.Clock, Cancellation);

        var page = await Bank.Store.ReadStreamAsync(new() { Stream = StreamName.Parse("bank::account:command-a-1"), MaxCount = 10 }, Cancellation);

        page.Messages.Select(m => m.Type).ShouldBe(["Bank.OpenAccount.v1", "Bank.Deposit.v1", "Bank.Withdraw.v1"]);
        page.Messages[2].Metadata.Headers["tenant"].ShouldBe("north");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Command_ThatIsEnqueued_IsHandledByTheEngine()
    {
        await using var bank = Domain.Create("bank", domain =>
        {
            ModellingExample.Declare(domain);
            domain.UseInMemory();
        });
        await using var engine = new DomainEngine(bank);
        await engine.StartAsync(Cancellation);
        await ModellingExample.UseAsync(bank, TimeProvider.System, Cancellation);

        (await ModellingExample.EnqueueAsync(bank, Cancellation)).ShouldBe(50);
    }

    [Fact]
    public async Task PastStates_AreThoseOfTheEvents()
    {
        await Bank.ProcessAsync(new OpenAccount("a-1", "ada"), Cancellation);
        await Bank.ProcessAsync(new Deposit("a-1", 100), Cancellation);
        var yesterday = _test.Clock.GetUtcNow();
        _test.Clock.Advance(TimeSpan.FromDays(1));
        await Bank.ProcessAsync(new Deposit("a-1", 11), Cancellation);

        (await ModellingExample.LookBackAsync(Bank.Repository<Account>(), yesterday, Cancellation)).ShouldBe((100, 100));
        var past = await Bank.Repository<Account>().GetAsync("a-1", atVersion: 1, Cancellation);
        Should.Throw<BrokenAggregateException>(() => past.Deposit(1));
    }

    [Fact]
    public void Invariant_ThatBreaks_MakesTheInstanceUnusable()
    {
        var account = Account.Open(new("a-1", "ada"));

        Should.Throw<ValidationException>(() => account.Withdraw(1)).Violations[0].ShouldBe(new("Account", "NeverOverdrawn", "an account is never overdrawn"));
        Should.Throw<BrokenAggregateException>(() => account.Deposit(1));
    }

    [Fact]
    public async Task Ensure_BeforeAnythingHasChanged_LeavesTheInstanceAsItIs()
    {
        var account = Account.Open(new("a-1", "ada"));

        Should.Throw<ValidationException>(() => account.Withdraw(0));
        account.Deposit(5);

        await Bank.Repository<Account>().SaveAsync(account, Cancellation);
        (await Bank.Repository<Account>().GetAsync("a-1", Cancellation)).Balance.ShouldBe(5);
    }

    [Fact]
    public async Task Cart_WithItsLines_IsStoredAndLoadedAndJudged()
    {
        var carts = Bank.Repository<Cart>();
        var cart = Cart.For("ada");
        cart.Put("dune", 2, new(10, "EUR"));
        await carts.SaveAsync(cart, Cancellation);

        var loaded = await carts.GetAsync(cart.Id, Cancellation);
        loaded.Lines.Single().Total.ShouldBe(new Money(20, "EUR"));
        loaded.CheckOut(new(5, "EUR"));
        loaded.RaisedEvents.ShouldBe([new CopiesPut("postage", 1), new CartCheckedOut(cart.Id, new(25, "EUR"))]);
        await carts.SaveAsync(loaded, Cancellation);

        var closed = await carts.GetAsync(cart.Id, Cancellation);
        Should.Throw<ValidationException>(() => closed.Put("emma", 1, new(8, "EUR"))).Message.ShouldContain("what is checked out does not change");
        var full = Cart.For("bob");
        Should.Throw<ValidationException>(() => full.Put("dune", 11, new(10, "EUR"))).Message.ShouldContain("ten copies at most");
    }

    [Fact]
    public async Task Unique_OfTwoCustomers_RefusesTheSecond()
    {
        var customers = Bank.Repository<Customer>();
        await customers.SaveAsync(Customer.Of("c-1", "ada@example.com", "Paris"), Cancellation);
        await customers.SaveAsync(Customer.Of("c-2", "bob@example.com", "Paris"), Cancellation);

        await Should.ThrowAsync<DuplicateValueException>(async () => await customers.SaveAsync(Customer.Of("c-3", "ada@example.com", "Rome"), Cancellation));
        (await ModellingExample.SomeAsync(customers, Cancellation)).Select(c => c.Id).ShouldBe(["c-2"]);
    }

    [Fact]
    public async Task Facts_OfAnAccount_TellItsState()
    {
        await Bank.ProcessAsync(new OpenAccount("a-1", "ada"), Cancellation);
        await Bank.ProcessAsync(new Deposit("a-1", 100), Cancellation);
        await _test.DrainAsync(Cancellation);

        _feed.ShouldBe(["a-1 has 0", "a-1 has 100"]);
        _test.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Event_OfAnOlderVersionAndName_IsReadAsOneOfToday()
    {
        var folder = Directory.CreateTempSubdirectory("modelling-");
        try
        {
            var file = Path.Combine(folder.FullName, "bank.db");
            await using (var lastYear = Domain.Create("bank", domain =>
            {
                domain.Aggregate<Before.Account>();
                domain.UseSqlite(file);
            }))
                await lastYear.Repository<Before.Account>().SaveAsync(Before.Account.With("a-1", 42), Cancellation);

            await using var today = Domain.Create("bank", domain =>
            {
                ModellingExample.Declare(domain);
                domain.UseSqlite(file);
            });
            var stored = (await today.Store.ReadStreamAsync(new() { Stream = StreamName.Parse("bank::account-a-1"), MaxCount = 10 }, Cancellation)).Messages.Single();

            stored.Type.ShouldBe("Bank.Deposited.v1");
            today.Read(stored).ShouldBe(new MoneyDeposited("a-1", 42, "EUR", "a gift"));
            (await today.Repository<Account>().GetAsync("a-1", Cancellation)).Balance.ShouldBe(42);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
