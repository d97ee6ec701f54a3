using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>A handler's <c>context.Enqueue</c> belongs to the commit of its unit of work.</summary>
public sealed class EnqueueInUnitTests
{
    private readonly List<string> _handled = [];

    [Fact]
    public async Task Enqueue_InAHandler_IsStoredInItsCommit()
    {
        await using var bank = Enqueuing((_, context) => context.Enqueue(new Ask("later")));

        await bank.Domain.ProcessAsync(new Act());

        (await bank.Store.TypesAsync()).ShouldBe(["Act", "Ask"]);
        _handled.ShouldBeEmpty();
    }

    [Fact]
    public async Task Enqueue_InAHandler_IsCausedByTheHandledMessage()
    {
        await using var bank = Enqueuing((_, context) => context.Enqueue(new Ask("later")));

        await bank.Domain.ProcessAsync(new Act());

        var log = await bank.Store.LogAsync();
        log[1].Metadata.CausationId.ShouldBe(log[0].Id);
    }

    [Fact]
    public async Task Enqueue_InAHandlerThatFails_IsRolledBack()
    {
        await using var bank = Enqueuing((_, context) =>
        {
            context.Enqueue(new Ask());
            throw new TimeoutException();
        });

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act()));

        (await bank.Store.GetHeadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Enqueue_Committed_CanBeWaitedFor()
    {
        CommandHandle? handle = null;
        await using var bank = Enqueuing((_, context) => handle = context.Enqueue(new Ask("four")));
        await bank.Domain.ProcessAsync(new Act());

        await bank.DrainAsync();

        (await handle!.WaitAsync<int>()).ShouldBe(4);
    }

    [Fact]
    public async Task Enqueue_InAnErrorHandler_IsStoredWithItsUnit()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.CommandHandler<Account>().On<Ask, int>((_, _) => 1);
            domain.EventHandler<Account>()
                .On<Opened>((_, _) => throw new TimeoutException())
                .HandleError((_, _, context) => context.Enqueue(new Ask()));
        });
        await bank.Domain.OpenAsync("a");

        await bank.DrainAsync();

        (await bank.Store.TypesAsync(MessageKind.Command)).ShouldBe(["Ask"]);
    }

    [Fact]
    public async Task DrainAsync_ACommandThatEnqueuesAnother_HandlesBoth()
    {
        await using var bank = Enqueuing((_, context) => context.Enqueue(new Ask("x")));
        await bank.Domain.EnqueueAsync(new Act());

        await bank.DrainAsync();

        _handled.ShouldBe(["x"]);
    }

    private TestDomain Enqueuing(Action<Act, HandlerContext> act) => Bank.Create(domain => domain.CommandHandler<Account>()
        .On(act)
        .On<Ask, int>((ask, _) =>
        {
            _handled.Add(ask.Note);
            return ask.Note.Length;
        }));
}
