using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>An inline handler that waits for something that other inline handlers have to end for does not keep its place from them.</summary>
public sealed class LentPlaceTests
{
    private const int Patience = 30_000;

    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact(Timeout = Patience)]
    public async Task Handler_ThatWaitsForAnIdempotencyKey_LetsTheHandlersOfItsHolderRun()
    {
        var once = new CommandOptions { IdempotencyKey = "k" };
        await using var bank = Bank.Acting(
            async (_, context) =>
            {
                _begun.TrySetResult();
                await _waiting.Task;
                // In a unit of work of its own, whose inline handlers it waits for while it holds the key.
                var unit = context.Domain.BeginUnitOfWork();
                unit.Repository<Shelf>().Add(Shelf.Make("s"));
                await unit.CommitAsync();
            },
            domain =>
            {
                OneAtATime(domain);
                domain.EventHandler<Shelf>().Inline().On<Stocked>((_, _) => { });
                domain.EventHandler<Account>().Inline().On<Opened>(async (_, context) =>
                {
                    var second = context.Domain.ProcessAsync(new Act(), once);
                    _waiting.SetResult();
                    await second;
                });
            });

        var first = bank.Domain.ProcessAsync(new Act(), once);
        await _begun.Task;
        await bank.Domain.OpenAsync("a");
        await first;

        (await bank.Domain.Repository<Shelf>().ExistsAsync("s")).ShouldBeTrue();
    }

    [Theory(Timeout = Patience)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handler_ThatWaitsForABusySubscriber_LetsTheHandlersOfItsCallsRun(bool inBackground)
    {
        var handled = 0;
        Domain? publisher = null;
        await using var bank = Bank.Create(domain =>
        {
            OneAtATime(domain);
            domain.EventHandler<Shelf>().Inline().On<Stocked>((_, _) => handled++);
            // It goes out after the commit of the handler, which waits for the subscriber then.
            domain.EventHandler<Account>().Inline().On<Opened>(async (e, _) =>
            {
                await PublishAsync(publisher!, e.Balance);
                _waiting.TrySetResult();
            });
        });
        publisher = bank.Domain;
        var subscribed = bank.Domain.Bus.Subscribe<Cheered>(
            async (e, _) =>
            {
                _begun.TrySetResult();
                await _waiting.Task;
                await bank.Domain.StockAsync($"s{e.Level}");
            },
            inBackground ? new() { Background = true, QueueCapacity = 1 } : new() { MaxConcurrency = 1 });

        using (subscribed)
        {
            var first = PublishAsync(bank.Domain, 0);
            await _begun.Task;
            var second = inBackground ? PublishAsync(bank.Domain, 1) : Task.CompletedTask;
            await bank.Domain.OpenAsync("a", 2);
            await Task.WhenAll(first, second);
        }

        await bank.Domain.DisposeAsync();
        handled.ShouldBe(inBackground ? 3 : 2);
    }

    [Fact(Timeout = Patience)]
    public async Task Handler_WhoseCallGoesThroughAnotherDomainAndBack_LendsItsPlace()
    {
        var ended = false;
        Domain? shop = null;
        await using var bank = Bank.Create(domain =>
        {
            OneAtATime(domain);
            domain.EventHandler<Account>().Inline().On<Opened>((e, _) => shop!.StockAsync(e.AccountId));
            domain.EventHandler<Shelf>().Inline().On<Stocked>((_, _) => ended = true);
        });
        await using var other = Bank.Create(domain =>
        {
            OneAtATime(domain);
            domain.EventHandler<Shelf>().Inline().On<Stocked>((e, _) => bank.Domain.StockAsync(e.ShelfId));
        });
        shop = other.Domain;

        await bank.Domain.OpenAsync("a");

        ended.ShouldBeTrue();
    }

    private static Task PublishAsync(Domain domain, int level) => domain.Bus.PublishAsync(new Cheered("s", level)).AsTask();

    private static void OneAtATime(DomainBuilder domain)
    {
        domain.HandlerLimit = HandlerLimit.WholeDomain;
        domain.MaxConcurrentHandlers = 1;
    }
}
