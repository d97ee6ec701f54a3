using FsCheck.Fluent;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class SnapshotTests
{
    [Theory]
    [InlineData(9, null)]
    [InlineData(10, 10L)]
    [InlineData(19, 10L)]
    [InlineData(20, 20L)]
    public async Task Scenario_I66_ASnapshotIsWrittenEveryTenEvents(int events, long? snapshot)
    {
        await using var bank = Bank.Create(domain => domain.Aggregate<Account>().SnapshotEvery(10));

        await WriteAsync(bank.Domain, events);

        (await SnapshotAsync(bank.Domain))?.Version.ShouldBe(snapshot!.Value);
        (await SnapshotAsync(bank.Domain) is null).ShouldBe(snapshot is null);
    }

    [Fact]
    public async Task Scenario_I66_TheLatestSnapshotIsUsed()
    {
        await using var bank = Bank.Create(domain => domain.Aggregate<Account>().SnapshotEvery(10));
        await WriteAsync(bank.Domain, 20);
        await ReplaceSnapshotAsync(bank.Domain, version: 20, balance: 1000);

        (await bank.Domain.BalanceAsync("a")).ShouldBe(1000);
    }

    [Fact]
    public async Task Scenario_I66_LoadingWritesNoSnapshot()
    {
        var store = new InMemoryEventStore();
        await using var without = Bank.On(store, domain => domain.Aggregate<Account>().SnapshotEvery(0));
        await using var bank = Bank.On(store, domain => domain.Aggregate<Account>().SnapshotEvery(5));
        await WriteAsync(without, 12);

        await bank.BalanceAsync("a");

        (await SnapshotAsync(bank)).ShouldBeNull();
    }

    [Fact]
    public async Task SaveAsync_MoreEventsAtOnceThanTheInterval_WritesOneSnapshotOfAll()
    {
        await using var bank = Bank.Create(domain => domain.Aggregate<Account>().SnapshotEvery(10));
        var account = Account.Open("a");
        for (var i = 0; i < 24; i++)
            account.Deposit(1);

        await bank.Domain.Repository<Account>().SaveAsync(account);

        (await SnapshotAsync(bank.Domain))!.Version.ShouldBe(25);
    }

    [Fact]
    public async Task SaveAsync_WithSnapshotsOff_WritesNone()
    {
        await using var bank = Bank.Create(domain => domain.Aggregate<Account>().SnapshotEvery(0));

        await WriteAsync(bank.Domain, 250);

        bank.Domain.Model.Store.Collections.ShouldNotContain(c => c.Name.EndsWith(":snapshot"));
        (await bank.Domain.BalanceAsync("a")).ShouldBe(249);
    }

    [Fact]
    public async Task SaveAsync_ByDefault_WritesASnapshotEveryHundredEvents()
    {
        await using var bank = Bank.Create();

        await WriteAsync(bank.Domain, 250);

        (await SnapshotAsync(bank.Domain))!.Version.ShouldBe(200);
    }

    [Fact]
    public async Task SaveAsync_OlderThanTheStoredSnapshot_LeavesItAsItIs()
    {
        await using var bank = Bank.Create(domain => domain.Aggregate<Account>().SnapshotEvery(5));
        await bank.Domain.OpenAsync("a");
        await WriteSnapshotAsync(bank.Domain, version: 50, balance: 1000);
        var account = Account.Open("b");
        await bank.Domain.Repository<Account>().SaveAsync(account);
        for (var i = 0; i < 5; i++)
            account.Deposit(1);
        await WriteSnapshotAsync(bank.Domain, version: 50, balance: 1000, id: "b");

        await bank.Domain.Repository<Account>().SaveAsync(account);

        (await SnapshotAsync(bank.Domain, "b"))!.Version.ShouldBe(50);
    }

    [Fact]
    public async Task GetAsync_WithAnotherShapeOfTheAggregate_IgnoresTheSnapshot()
    {
        var store = new InMemoryEventStore();
        await using var old = Bank.On(store, domain => domain.Aggregate<Account>().SnapshotEvery(5));
        await WriteAsync(old, 12);
        await using var later = Domain.Create("bank", domain =>
        {
            domain.Aggregate<Grown.Account>().SnapshotEvery(5);
            domain.UseStore(_ => store);
        });

        var account = await later.Repository<Grown.Account>().GetAsync("a");

        (account.Balance, account.Deposits).ShouldBe((11, 11));
    }

    [Fact]
    public async Task GetAsync_WithASnapshotOrWithout_IsTheSameState()
    {
        var store = new InMemoryEventStore();
        await using var with = Bank.On(store, domain => domain.Aggregate<Account>().SnapshotEvery(3));
        await using var without = Bank.On(store, domain => domain.Aggregate<Account>().SnapshotEvery(0));
        var number = 0;
        Property.Holds(Gen.Choose(-50, 50).ListOf(), async amounts =>
        {
            var id = $"a{Interlocked.Increment(ref number)}";
            await with.OpenAsync(id);
            foreach (var amount in amounts)
                await with.DepositElsewhereAsync(id, amount);
            var (one, other) = (await with.Repository<Account>().GetAsync(id), await without.Repository<Account>().GetAsync(id));
            return one.Balance == amounts.Sum() && one.Balance == other.Balance && one.Version == other.Version;
        });
        (await with.Repository<Account>().ExistsAsync("a1")).ShouldBeTrue();
    }

    internal static async Task WriteAsync(Domain domain, int events)
    {
        await domain.OpenAsync("a");
        for (var i = 1; i < events; i++)
            await domain.DepositElsewhereAsync("a");
    }

    private static ValueTask<StoredDocument?> SnapshotAsync(Domain domain, string id = "a") =>
        domain.Store.LoadDocumentAsync(new("bank::account:snapshot", $"{domain.Model.Aggregates[typeof(Account)].Stamp}/{id}"));

    private static async Task ReplaceSnapshotAsync(Domain domain, long version, int balance)
    {
        await domain.Store.CommitAsync(new() { Documents = [Snapshot(domain, "a", ExpectedDocument.Any, version, balance)] });
    }

    private static async Task WriteSnapshotAsync(Domain domain, long version, int balance, string id = "a") =>
        await domain.Store.CommitAsync(new() { Documents = [Snapshot(domain, id, ExpectedDocument.Any, version, balance)] });

    private static DocumentWrite Snapshot(Domain domain, string id, long expected, long version, int balance)
    {
        var stamp = domain.Model.Aggregates[typeof(Account)].Stamp;
        return new()
        {
            Collection = "bank::account:snapshot",
            Key = $"{stamp}/{id}",
            ExpectedVersion = expected,
            Version = version,
            Stamp = stamp,
            Body = System.Text.Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","balance":{{balance}},"closed":false}"""),
        };
    }
}

/// <summary>The account as a later version of the program has it.</summary>
public static class Grown
{
    public sealed class Account : EventSourcedAggregate
    {
        public int Balance { get; private set; }

        public int Deposits { get; private set; }

        void Apply(Opened e) => Balance = e.Balance;

        void Apply(Deposited e)
        {
            Balance += e.Amount;
            Deposits++;
        }
    }
}
