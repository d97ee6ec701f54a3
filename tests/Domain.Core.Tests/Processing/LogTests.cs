using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>Failures leave a line that names the handler, the message and the cause; payloads leave none.</summary>
public sealed class LogTests : IDisposable
{
    private const string Telltale = "s3cr3t-p4yl0ad";

    private readonly CapturedLog _log = new();

    [Fact]
    public async Task Failure_OfAnInlineHandler_IsLoggedWithHandlerMethodMessageAndCause()
    {
        await using var bank = Bank.Create(domain =>
        {
            _log.AddTo(domain);
            domain.InlineErrors = InlineErrorPolicy.Isolate;
            domain.EventHandler<Account>().Named("greeter").Inline().On<Opened>((_, _) => throw new TimeoutException("slow"));
        });

        await bank.Domain.OpenAsync("a");

        var id = (await bank.Store.LogAsync())[0].Id;
        var line = _log.Of(1002).ShouldHaveSingleItem();
        (line.Level, line.Text).ShouldBe((LogLevel.Error, $"greeter.Opened failed on Bank.Opened.v1 {id}"));
        line.Error!.Message.ShouldBe("slow");
    }

    [Fact]
    public async Task Failure_OfADrainedCommand_IsLoggedWithHandlerMessageAndCause()
    {
        await using var bank = Bank.Acting((_, _) => throw new TimeoutException("slow"), _log.AddTo);
        var handle = await bank.Domain.EnqueueAsync(new Act());

        await bank.DrainAsync();

        var line = _log.Of(1002).ShouldHaveSingleItem();
        line.Text.ShouldBe($"account:command.Bank.Act.v1 failed on Bank.Act.v1 {handle.Id}");
        line.Error!.Message.ShouldBe("slow");
    }

    [Fact]
    public async Task ExpiredCommand_WhenDrained_IsLoggedAsAWarning()
    {
        await using var bank = Bank.Acting((_, _) => Task.CompletedTask, _log.AddTo);
        await bank.Domain.EnqueueAsync(new Act(), new CommandOptions { Deadline = bank.Clock.GetUtcNow() });
        bank.Clock.Advance(TimeSpan.FromSeconds(1));

        await bank.DrainAsync();

        _log.Of(1004).ShouldHaveSingleItem().Level.ShouldBe(LogLevel.Warning);
    }

    [Fact]
    public async Task Conflict_BeforeARetry_IsLogged()
    {
        var runs = 0;
        await using var bank = Bank.Acting(
            async (_, context) =>
            {
                (await context.Repository<Account>().GetAsync("a")).Deposit(1);
                if (runs++ == 0)
                    await context.Domain.DepositElsewhereAsync("a");
            },
            _log.AddTo);
        await bank.Domain.OpenAsync("a");
        bank.Clock.SkipDelays = true;

        await bank.Domain.ProcessAsync(new Act());

        _log.Of(1001).ShouldHaveSingleItem().Text.ShouldContain("(repetition 1)");
    }

    [Fact]
    public async Task Payloads_OfWhateverHappens_AppearInNoLine()
    {
        var conflicts = 0;
        await using var bank = Bank.Create(domain =>
        {
            _log.AddTo(domain);
            domain.InlineErrors = InlineErrorPolicy.Isolate;
            domain.CommandHandler<Account>().On<Act>(async (act, context) =>
            {
                (await context.Repository<Account>().GetAsync("a")).Deposit(1);
                if (conflicts++ == 0)
                    await context.Domain.DepositElsewhereAsync("a");
                context.Repository<Shelf>().Add(Shelf.Make("one", label: act.Note));
            });
            // Fails on the unique label, which is part of the payload.
            domain.EventHandler<Shelf>().Inline().RetryConflicts(0)
                .On<Stocked>((e, context) => context.Repository<Shelf>().Add(Shelf.Make($"{e.ShelfId}+", label: Telltale)))
                .HandleError((_, _, _) => throw new TimeoutException());
        });
        await bank.Domain.OpenAsync("a");
        bank.Clock.SkipDelays = true;

        await bank.Domain.ProcessAsync(new Act(Telltale));
        await bank.Domain.EnqueueAsync(new Act(Telltale));
        await bank.DrainAsync();

        _log.Of(1002).ShouldNotBeEmpty();
        _log.Of(1002).ShouldContain(l => l.Error is DuplicateValueException);
        _log.Lines.Select(l => $"{l.Text} {l.Error}").ShouldAllBe(text => !text.Contains(Telltale));
    }

    [Fact]
    public async Task ContextLogger_OfAHandler_LogsUnderItsName()
    {
        await using var bank = Bank.Create(domain =>
        {
            _log.AddTo(domain);
            domain.EventHandler<Account>().Named("greeter").Inline().On<Opened>((_, context) => context.Logger.LogWarning("hello"));
        });

        await bank.Domain.OpenAsync("a");

        _log.Lines.ShouldContain(l => l.Category == "Protean.Handlers.greeter" && l.Text == "hello");
    }

    public void Dispose() => _log.Dispose();
}
