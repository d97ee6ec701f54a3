using System.Data.Common;
using Protean.Tests.Failures;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Stores;

/// <summary>The user's own SQL in a handler is one with the handler's effects and progress, on the stores that have SQL.</summary>
public abstract class UserSqlSuite(IShopStore stores) : FailingShop(stores)
{
    private readonly string _table = $"ledger_{Guid.NewGuid():n}";
    private volatile string _broken = "";

    [Fact(Timeout = HangLimit)]
    public async Task OnCommit_WithFailuresBeforeAndAfterIt_IsDoneOnceForEachMessageThatSucceeds()
    {
        var shop = await StockedAsync();
        await PlaceAsync(shop, 12);

        // o2 and o3 fail before their SQL is given, o5 and o6 after it.
        _broken = "o2 o3 o5 o6";
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        string[] done = ["o1", "o4", "o7", "o8", "o9", "o10", "o11", "o12"];
        (await LedgerAsync(shop)).ShouldBe(done);
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(8);
        (await RecordsAsync()).Select(r => r.Stream).ShouldBe(["shop::order-o2", "shop::order-o3", "shop::order-o5", "shop::order-o6"]);

        _broken = "";
        await PassUntil(async () => (await RecordsAsync()).Count == 0);
        (await LedgerAsync(shop)).Order().ShouldBe(Enumerable.Range(1, 12).Select(n => $"o{n}").Order());
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(12);
    }

    [Fact(Timeout = HangLimit)]
    public async Task OnCommit_WhoseSqlFails_IsAFailureOfThatMessageAlone()
    {
        var shop = await StockedAsync();
        await WorkAsync(shop, (connection, transaction, token) => RunAsync(connection, transaction, $"insert into {_table} (entry) values ('o3')", token));
        await PlaceAsync(shop, 5);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await LedgerAsync(shop)).ShouldBe(["o3", "o1", "o2", "o4", "o5"]);
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(4);
        (await RecordsAsync()).ShouldHaveSingleItem().Stream.ShouldBe("shop::order-o3");

        await WorkAsync(shop, (connection, transaction, token) => RunAsync(connection, transaction, $"delete from {_table} where entry = 'o3'", token));
        await PassUntil(async () => (await RecordsAsync()).Count == 0);
        (await LedgerAsync(shop)).ShouldBe(["o1", "o2", "o4", "o5", "o3"]);
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(5);
    }

    [Fact(Timeout = HangLimit)]
    public async Task OnCommit_OfACommitThatIsRefused_IsTakenBack()
    {
        var shop = await StockedAsync(domain => domain.EventHandler<Order>().Named("notes").On<OrderPlaced>((e, context) =>
        {
            context.Repository<Note>().Add(Note.Of($"note {e.OrderId}", e.OrderId == "o2" ? "taken" : null));
            context.OnCommit(Insert("note " + e.OrderId));
        }));
        await shop.Repository<Note>().SaveAsync(Note.Of("taker", "taken"), Cancellation);
        await PlaceAsync(shop, 3);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await LedgerAsync(shop)).Where(entry => entry.StartsWith("note", StringComparison.Ordinal)).ShouldBe(["note o1", "note o3"]);
        (await RecordsAsync()).ShouldHaveSingleItem().Attempts.Single().ExceptionType.ShouldBe(typeof(DuplicateValueException).FullName);
    }

    private static async Task RunAsync(DbConnection connection, DbTransaction transaction, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // All of it is made here.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task WorkAsync(Domain shop, Func<DbConnection, DbTransaction, CancellationToken, Task> work) =>
        await shop.Store.CommitAsync(new() { UserWork = [work] }, Cancellation);

    private Func<DbConnection, DbTransaction, CancellationToken, Task> Insert(string entry) =>
        (connection, transaction, token) => RunAsync(connection, transaction, $"insert into {_table} (entry) values ('{entry}')", token);

    private async Task<IReadOnlyList<string>> LedgerAsync(Domain shop)
    {
        List<string> entries = [];
        await WorkAsync(shop, async (connection, transaction, token) =>
        {
            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
#pragma warning disable CA2100 // All of it is made here.
            command.CommandText = $"select entry from {_table} order by number";
#pragma warning restore CA2100
            await using var reader = await command.ExecuteReaderAsync(token);
            while (await reader.ReadAsync(token))
                entries.Add(reader.GetString(0));
        });
        return entries;
    }

    /// <summary>A shop with ten books, whose withdrawals stand in a ledger of the shop's own, too.</summary>
    private async Task<Domain> StockedAsync(Action<DomainBuilder>? more = null)
    {
        var shop = Desk(domain =>
        {
            domain.EventHandler<Inventory>().Named("withdraw").StreamCategory<Order>().Delivery(o => (o.MessagesPerCommit, o.CircuitBreakerThreshold) = (100, 0))
                .On<OrderPlaced>(async (e, context) =>
                {
                    (await context.Repository<Inventory>().GetAsync(e.BookId, context.CancellationToken)).Withdraw(1);
                    FailIfBroken(e.OrderId, "o2", "o3");
                    context.OnCommit(Insert(e.OrderId));
                    FailIfBroken(e.OrderId, "o5", "o6");
                });
            more?.Invoke(domain);
        });
        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 10), Cancellation);
        var number = shop.Store.Name == "PostgreSQL" ? "bigint generated always as identity" : "integer primary key autoincrement";
        await WorkAsync(shop, (connection, transaction, token) => RunAsync(connection, transaction, $"create table {_table} (number {number}, entry text unique)", token));
        return shop;
    }

    private void FailIfBroken(string order, params string[] here)
    {
        if (here.Contains(order) && _broken.Split(' ').Contains(order))
            throw new InvalidOperationException("no " + order);
    }
}
