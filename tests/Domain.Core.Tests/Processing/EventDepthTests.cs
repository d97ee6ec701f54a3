using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>Loops of events end with an error, whichever way they lead back.</summary>
public sealed class EventDepthTests
{
    private int _runs;

    [Fact]
    public async Task Loop_OfInlineHandlers_EndsAtTheLimit()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Shelf>().Inline()
            .On<Cheered>(e => e.ShelfId, (shelf, e) => Again(() => shelf.Cheer(e.Level + 1))));

        var error = await ShouldEndAsync(bank, 100);

        error.MessageType.ShouldBe("Bank.Cheered.v1");
        error.Message.ShouldContain("follows from 100 events in a row");
        AfterCommit.IsMarked(error).ShouldBeTrue();
    }

    [Fact]
    public async Task Loop_WithAnotherLimit_EndsThere()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.MaxEventDepth = 5;
            domain.EventHandler<Shelf>().Inline().On<Cheered>(e => e.ShelfId, (shelf, e) => Again(() => shelf.Cheer(e.Level + 1)));
        });

        await ShouldEndAsync(bank, 5);
    }

    [Fact]
    public async Task Chain_JustWithinTheLimit_IsNoLoop()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.MaxEventDepth = 5;
            domain.EventHandler<Shelf>().Inline().On<Cheered>(e => e.ShelfId, (shelf, e) => Again(() =>
            {
                if (e.Level < 5)
                    shelf.Cheer(e.Level + 1);
            }));
        });

        await CheerAsync(bank);

        _runs.ShouldBe(5);
    }

    [Fact]
    public async Task Loop_ThroughTheContextsProcessAsync_Ends()
    {
        await using var bank = Looping((_, context) => context.ProcessAsync(new Act()));

        await ShouldEndAsync(bank, 10);
    }

    [Fact]
    public async Task Loop_ThroughTheDomainsProcessAsync_Ends()
    {
        await using var bank = Looping((_, context) => context.Domain.ProcessAsync(new Act()));

        await ShouldEndAsync(bank, 10);
    }

    [Fact]
    public async Task Loop_ThroughAUnitOfTheHandlersOwn_Ends()
    {
        await using var bank = Looping(async (_, context) =>
        {
            var unit = context.Domain.BeginUnitOfWork();
            (await unit.Repository<Shelf>().GetAsync("s")).Cheer(0);
            await unit.CommitAsync();
        });

        await ShouldEndAsync(bank, 10);
    }

    [Fact]
    public async Task Loop_ThroughAQuery_Ends()
    {
        await using var bank = Looping((_, context) => context.Domain.QueryAsync(new Look()));

        await ShouldEndAsync(bank, 10);
    }

    [Fact]
    public async Task Loop_WithinOneCommit_EndsAndRollsEverythingBack()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Shelf>().InSameCommit()
            .On<Cheered>(e => e.ShelfId, (shelf, e) => Again(() => shelf.Cheer(e.Level + 1))));

        await ShouldEndAsync(bank, 100);

        (await bank.Store.GetHeadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Loop_WithinOneCommitThroughCommands_EndsAndRollsEverythingBack()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.MaxEventDepth = 10;
            domain.CommandHandler<Shelf>().On<Act>((act, context) => context.Repository<Shelf>().Add(Shelf.Make($"s{_runs}")));
            domain.EventHandler<Shelf>().InSameCommit().On<Stocked>((_, context) => AgainAsync(() => context.ProcessAsync(new Act())));
        });

        await Should.ThrowAsync<EventDepthExceededException>(() => bank.Domain.ProcessAsync(new Act()));

        _runs.ShouldBe(10);
        (await bank.Store.GetHeadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Loop_UnderIsolate_LeavesALogLine()
    {
        using var log = new CapturedLog();
        await using var bank = Bank.Create(domain =>
        {
            log.AddTo(domain);
            domain.InlineErrors = InlineErrorPolicy.Isolate;
            domain.MaxEventDepth = 5;
            domain.EventHandler<Shelf>().Inline().On<Cheered>(e => e.ShelfId, (shelf, e) => Again(() => shelf.Cheer(e.Level + 1)));
        });

        await CheerAsync(bank);

        _runs.ShouldBe(5);
        log.Of(1006).ShouldHaveSingleItem().Error.ShouldBeOfType<EventDepthExceededException>();
    }

    private static Task CheerAsync(TestDomain bank)
    {
        var shelf = Shelf.Silent("s");
        shelf.Cheer(1);
        return bank.Domain.Repository<Shelf>().SaveAsync(shelf).AsTask();
    }

    private async Task<EventDepthExceededException> ShouldEndAsync(TestDomain bank, int runs)
    {
        var error = await Should.ThrowAsync<EventDepthExceededException>(() => CheerAsync(bank));
        _runs.ShouldBe(runs);
        return error;
    }

    private TestDomain Looping(Func<Cheered, HandlerContext, Task> again) => Bank.Create(domain =>
    {
        domain.MaxEventDepth = 10;
        domain.CommandHandler<Shelf>().On<Act>(async (_, context) => (await context.Repository<Shelf>().GetAsync("s")).Cheer(0));
        domain.QueryHandler().On<Look, int>(async (_, context) =>
        {
            await context.ProcessAsync(new Act());
            return 0;
        });
        domain.EventHandler<Shelf>().Inline().On<Cheered>((e, context) => AgainAsync(() => again(e, context)));
    });

    private void Again(Action act)
    {
        // So that a loop that does not end fails instead of taking the process with it.
        (++_runs).ShouldBeLessThan(300);
        act();
    }

    private Task AgainAsync(Func<Task> act)
    {
        (++_runs).ShouldBeLessThan(300);
        return act();
    }
}
