using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>While a query is answered nothing can be changed.</summary>
public sealed class QueryUnitTests
{
    [Fact]
    public Task Add_WhileAQueryIsAnswered_IsRefused() => ShouldBeRefused(context => context.Repository<Account>().Add(Account.Open("a")));

    [Fact]
    public Task SaveAsync_OfAnInjectedRepositoryWhileAQueryIsAnswered_IsRefused() =>
        ShouldBeRefused(context => context.Domain.Repository<Account>().SaveAsync(Account.Open("a")).AsTask());

    [Fact]
    public Task Enqueue_WhileAQueryIsAnswered_IsRefused() => ShouldBeRefused(context => context.Enqueue(new Act()));

    [Fact]
    public Task Notify_WhileAQueryIsAnswered_IsRefused() => ShouldBeRefused(context => context.Notify(new Posted("x")));

    [Fact]
    public Task OnCommit_WhileAQueryIsAnswered_IsRefused() => ShouldBeRefused(context => context.OnCommit((_, _, _) => Task.CompletedTask));

    [Fact]
    public async Task QueryAsync_WhoseHandlerChangesALoadedAggregate_StoresNothing()
    {
        await using var bank = Bank.Create(domain => domain.QueryHandler().On<Look, int>(async (_, context) =>
        {
            var account = await context.Repository<Account>().GetAsync("a");
            account.Deposit(5);
            return account.Balance;
        }));
        await bank.Domain.OpenAsync("a");

        (await bank.Domain.QueryAsync(new Look())).ShouldBe(5);

        (await bank.Domain.BalanceAsync("a")).ShouldBe(0);
    }

    [Fact]
    public async Task QueryAsync_WithoutHandler_NamesTheQuery()
    {
        await using var bank = Bank.Create();

        var error = await Should.ThrowAsync<HandlerNotFoundException>(() => bank.Domain.QueryAsync(new Look()));

        error.Request.ShouldBe(typeof(Look));
    }

    private static async Task ShouldBeRefused(Action<HandlerContext> change)
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.CommandHandler<Account>().On<Act>((_, _) => { });
            domain.QueryHandler().On<Look, int>((_, context) =>
            {
                change(context);
                return 0;
            });
        });

        var error = await Should.ThrowAsync<InvalidOperationException>(() => bank.Domain.QueryAsync(new Look()));

        error.Message.ShouldContain("queries change nothing");
    }
}
