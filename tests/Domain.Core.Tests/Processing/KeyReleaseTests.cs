using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>One key stands for one command however it is sent, and a command that failed gives it back.</summary>
public sealed class KeyReleaseTests
{
    private static readonly CommandOptions Key = new() { IdempotencyKey = "k" };

    [Fact]
    public async Task EnqueueAsync_AfterTheFirstFailed_RunsAgainUnderTheSameKey()
    {
        var (broken, runs) = (true, 0);
        await using var bank = Bank.Acting((_, _) =>
        {
            runs++;
            return broken ? throw new TimeoutException("away") : Task.CompletedTask;
        });
        var first = await bank.Domain.EnqueueAsync(new Act(), Key, TestContext.Current.CancellationToken);
        await bank.DrainAsync(TestContext.Current.CancellationToken);
        broken = false;

        var second = await bank.Domain.EnqueueAsync(new Act(), Key, TestContext.Current.CancellationToken);
        await bank.DrainAsync(TestContext.Current.CancellationToken);
        await second.WaitAsync(TestContext.Current.CancellationToken);

        second.Id.ShouldNotBe(first.Id);
        runs.ShouldBe(2);
    }

    [Fact]
    public async Task EnqueueAsync_AKeyThatWasProcessed_RunsNothingAndIsDone()
    {
        var runs = 0;
        await using var bank = Bank.Acting((_, _) =>
        {
            runs++;
            return Task.CompletedTask;
        });
        await bank.Domain.ProcessAsync(new Act(), Key, TestContext.Current.CancellationToken);

        var handle = await bank.Domain.EnqueueAsync(new Act(), Key, TestContext.Current.CancellationToken);
        await bank.DrainAsync(TestContext.Current.CancellationToken);

        (await handle.IsCompletedAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
        runs.ShouldBe(1);
    }

    [Fact]
    public async Task ProcessAsync_AKeyThatIsEnqueued_SaysThatItWaits()
    {
        await using var bank = Bank.Acting((_, _) => Task.CompletedTask);
        var handle = await bank.Domain.EnqueueAsync(new Act(), Key, TestContext.Current.CancellationToken);

        var error = await Should.ThrowAsync<CommandPendingException>(bank.Domain.ProcessAsync(new Act(), Key, TestContext.Current.CancellationToken));

        error.CommandId.ShouldBe(handle.Id);
    }
}
