using System.Text;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class LongStreamTests
{
    [Fact]
    public async Task GetAsync_OfTenThousandEvents_LoadsAllOfThem()
    {
        await using var bank = Bank.Create(domain => domain.Aggregate<Account>().SnapshotEvery(0));
        var account = Account.Open("a");
        for (var i = 1; i < 10_000; i++)
            account.Deposit(1);
        await bank.Domain.Repository<Account>().SaveAsync(account);

        var loaded = await bank.Domain.Repository<Account>().GetAsync("a");

        (loaded.Balance, loaded.Version).ShouldBe((9_999, 9_999));
    }

    [Fact]
    public async Task GetAsync_OfATruncatedStream_BeginsWithTheBaseline()
    {
        await using var bank = Bank.Create();
        await SnapshotTests.WriteAsync(bank.Domain, 10);

        await TruncateAsync(bank.Domain, 6, balance: 500);

        // The baseline stands for the events 0 to 6; three deposits follow it.
        (await bank.Domain.BalanceAsync("a")).ShouldBe(503);
    }

    [Fact]
    public async Task SaveAsync_OfATruncatedStream_GoesOnAtItsVersion()
    {
        await using var bank = Bank.Create();
        await SnapshotTests.WriteAsync(bank.Domain, 10);
        await TruncateAsync(bank.Domain, 9, balance: 9);

        await bank.Domain.DepositElsewhereAsync("a");

        (await bank.Domain.Repository<Account>().GetAsync("a")).Version.ShouldBe(10);
    }

    [Fact]
    public async Task GetAsync_OfATruncatedStreamWithAnOlderSnapshot_GoesOverToTheBaseline()
    {
        await using var bank = Bank.Create(domain => domain.Aggregate<Account>().SnapshotEvery(4));
        await SnapshotTests.WriteAsync(bank.Domain, 11);

        await TruncateAsync(bank.Domain, 9, balance: 500);

        (await bank.Domain.BalanceAsync("a")).ShouldBe(501);
    }

    [Fact]
    public async Task ExistsAsync_OfATruncatedStream_IsTrue()
    {
        await using var bank = Bank.Create();
        await SnapshotTests.WriteAsync(bank.Domain, 3);
        await TruncateAsync(bank.Domain, 2, balance: 2);

        (await bank.Domain.Repository<Account>().ExistsAsync("a")).ShouldBeTrue();
    }

    [Fact]
    public async Task GetAsync_OfAnArchivedStream_IsNotFound()
    {
        await using var bank = Bank.Create();
        await SnapshotTests.WriteAsync(bank.Domain, 3);

        await bank.Store.ArchiveStreamAsync(StreamName.Parse("bank::account-a"), 2, Message(MessageKind.Tombstone, "Bank.Archived.v1", "{}"));

        await Should.ThrowAsync<AggregateNotFoundException>(async () => await bank.Domain.Repository<Account>().GetAsync("a"));
        (await bank.Domain.Repository<Account>().ExistsAsync("a")).ShouldBeFalse();
    }

    [Fact]
    public async Task SaveAsync_ToAnArchivedStream_IsRefused()
    {
        await using var bank = Bank.Create();
        await SnapshotTests.WriteAsync(bank.Domain, 3);
        var account = await bank.Domain.Repository<Account>().GetAsync("a");
        await bank.Store.ArchiveStreamAsync(StreamName.Parse("bank::account-a"), 2, Message(MessageKind.Tombstone, "Bank.Archived.v1", "{}"));
        account.Deposit(1);

        await Should.ThrowAsync<CommitRefusedException>(async () => await bank.Domain.Repository<Account>().SaveAsync(account));
    }

    private static async Task TruncateAsync(Domain domain, long position, int balance) => await domain.Store.TruncateStreamAsync(
        StreamName.Parse("bank::account-a"), position,
        Message(MessageKind.Baseline, "Bank.AccountBaseline.v1", $$"""{"id":"a","balance":{{balance}},"closed":false}"""));

    private static NewMessage Message(MessageKind kind, string type, string body) => new()
    {
        Id = Guid.CreateVersion7(),
        Type = type,
        Kind = kind,
        Time = DateTimeOffset.UnixEpoch,
        Body = Encoding.UTF8.GetBytes(body),
        Metadata = new() { CorrelationId = "c" },
    };
}
