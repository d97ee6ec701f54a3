using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class StressTests
{
    private const int Tasks = 16;
    private const int EachOf = 25;

    [Fact]
    public async Task ProcessAsync_ManyTasksOnAFewAggregates_LosesAndDoublesNothing()
    {
        await using var bank = Bank.On(new FaultyStore { Yields = true }, domain =>
        {
            domain.CommandHandler<Account>().RetryConflicts(10_000, TimeSpan.Zero)
                .On<Deposit>(c => c.AccountId, (account, c) => account.Deposit(c.Amount));
            domain.Projection<Balances>().From<Account>().Inline()
                .On<Opened>(e => e.AccountId, (view, _) => view)
                .On<Deposited>(e => e.AccountId, (view, e) => view with { Sum = view.Sum + e.Amount, Deposits = view.Deposits + 1 });
        });
        string[] ids = ["a", "b", "c"];
        foreach (var id in ids)
            await bank.OpenAsync(id);

        await Task.WhenAll(Enumerable.Range(0, Tasks).Select(task => Task.Run(async () =>
        {
            for (var i = 0; i < EachOf; i++)
                await bank.ProcessAsync(new Deposit(ids[(task + i) % ids.Length], task + 1));
        })));

        var sum = EachOf * Tasks * (Tasks + 1) / 2;
        (await Task.WhenAll(ids.Select(id => bank.BalanceAsync(id)))).Sum().ShouldBe(sum);
        (await bank.View<Balances>().QueryAsync()).Sum(v => v.Sum).ShouldBe(sum);
        var log = await bank.Store.LogAsync();
        log.Count(m => m.Kind == MessageKind.HandledCommand).ShouldBe(Tasks * EachOf);
        log.Where(m => m.Type == "Bank.Deposited.v1").Select(m => m.Metadata.CausationId).Distinct().Count().ShouldBe(Tasks * EachOf);
    }

    [Fact]
    public async Task ProcessAsync_ManyRepeatsOfAFewKeys_RunEachOnce()
    {
        await using var bank = Bank.On(new FaultyStore { Yields = true }, domain => domain.CommandHandler<Account>().RetryConflicts(10_000, TimeSpan.Zero)
            .On<Deposit>(c => c.AccountId, (account, c) => account.Deposit(c.Amount)));
        await bank.OpenAsync("a");

        await Task.WhenAll(Enumerable.Range(0, Tasks).Select(_ => Task.Run(async () =>
        {
            for (var key = 0; key < EachOf; key++)
                await bank.ProcessAsync(new Deposit("a", 1), new CommandOptions { IdempotencyKey = $"{key}" });
        })));

        (await bank.BalanceAsync("a")).ShouldBe(EachOf);
    }
}
