using Protean.Storage;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class IdempotencyTests
{
    private int _runs;

    [Fact(Timeout = 30_000)]
    public async Task Key_AnInlineHandlerThatSendsTheCommandAgain_GetsTheFirstOutcome()
    {
        List<int> again = [];
        await using var bank = Bank.Create(domain =>
        {
            domain.CommandHandler<Account>().On<Ask, int>((_, context) =>
            {
                context.Repository<Account>().Add(Account.Open("asked"));
                return 42;
            });
            domain.EventHandler<Account>().Inline().On<Opened>(async (_, context) => again.Add(await context.ProcessAsync(new Ask(), new CommandOptions { IdempotencyKey = "k" })));
        });

        (await bank.Domain.ProcessAsync(new Ask(), new CommandOptions { IdempotencyKey = "k" })).ShouldBe(42);

        again.ShouldBe([42]);
    }

    [Fact]
    public async Task Scenario_H59_TheSameKeyTwiceRunsOnceAndReturnsTheStoredResult()
    {
        await using var bank = Counting();

        var first = await bank.Domain.ProcessAsync(new Ask(), Key("k"));
        var second = await bank.Domain.ProcessAsync(new Ask(), Key("k"));

        (first, second, _runs).ShouldBe((1, 1, 1));
        (await bank.Store.TypesAsync()).ShouldBe(["Ask"]);
    }

    [Fact]
    public async Task Scenario_H59_ThrowOnDuplicateCarriesTheOriginalResult()
    {
        await using var bank = Counting();
        await bank.Domain.ProcessAsync(new Ask(), Key("k"));

        var error = await Should.ThrowAsync<DuplicateCommandException>(() => bank.Domain.ProcessAsync(new Ask(), Key("k") with { ThrowOnDuplicate = true }));

        (error.Key, error.Outcome).ShouldBe(("k", (object)1));
    }

    [Fact]
    public async Task ProcessAsync_WithoutResultAndTheSameKeyTwice_RunsOnce()
    {
        await using var bank = Counting();

        await bank.Domain.ProcessAsync(new Act(), Key("k"));
        await bank.Domain.ProcessAsync(new Act(), Key("k"));

        _runs.ShouldBe(1);
    }

    [Fact]
    public async Task ProcessAsync_WithoutResultAndThrowOnDuplicate_CarriesNothing()
    {
        await using var bank = Counting();
        await bank.Domain.ProcessAsync(new Act(), Key("k"));

        var error = await Should.ThrowAsync<DuplicateCommandException>(() => bank.Domain.ProcessAsync(new Act(), Key("k") with { ThrowOnDuplicate = true }));

        error.Outcome.ShouldBeNull();
    }

    [Fact]
    public async Task ProcessAsync_SameKeyOtherPayload_IsAnError()
    {
        await using var bank = Counting();
        await bank.Domain.ProcessAsync(new Ask("one"), Key("k"));

        var error = await Should.ThrowAsync<IdempotencyKeyReusedException>(() => bank.Domain.ProcessAsync(new Ask("two"), Key("k")));

        error.Key.ShouldBe("k");
        _runs.ShouldBe(1);
    }

    [Fact]
    public async Task ProcessAsync_SameKeyOtherTenant_IsAnotherCommand()
    {
        await using var bank = Counting();

        await bank.Domain.ProcessAsync(new Ask(), Key("k", tenant: "t1"));
        var second = await bank.Domain.ProcessAsync(new Ask(), Key("k", tenant: "t2"));

        second.ShouldBe(2);
    }

    [Fact]
    public async Task ProcessAsync_SameKeyOtherCommand_IsAnotherCommand()
    {
        await using var bank = Counting();

        await bank.Domain.ProcessAsync(new Ask(), Key("k"));
        await bank.Domain.ProcessAsync(new Act(), Key("k"));

        _runs.ShouldBe(2);
    }

    [Fact]
    public async Task ProcessAsync_Failed_FreesItsKey()
    {
        var fail = true;
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>().On<Ask, int>((_, _) => fail ? throw new TimeoutException() : 5));
        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Ask(), Key("k")));
        fail = false;

        (await bank.Domain.ProcessAsync(new Ask(), Key("k"))).ShouldBe(5);
    }

    [Fact]
    public async Task ProcessAsync_TwoAtOnceWithOneKey_RunOnce()
    {
        var entered = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>().On<Ask, int>(async (_, _) =>
        {
            entered.TrySetResult();
            await go.Task;
            return Interlocked.Increment(ref _runs);
        }));
        var first = bank.Domain.ProcessAsync(new Ask(), Key("k"));
        await entered.Task;
        var second = bank.Domain.ProcessAsync(new Ask(), Key("k"));

        go.SetResult();

        (await first, await second, _runs).ShouldBe((1, 1, 1));
    }

    [Fact]
    public async Task ProcessAsync_TwoAtOnceWithOneKeyInTwoProcesses_TakeEffectOnceWithOneResult()
    {
        var store = new InMemoryEventStore();
        await using var other = Bank.On(store, domain => Opening(domain, 1, () => Task.CompletedTask));
        // The other one is faster, between this one's reading and its commit.
        await using var bank = Bank.On(store, domain => Opening(domain, 2, () => _runs++ == 0 ? other.ProcessAsync(new Ask("a"), Key("k")) : Task.CompletedTask));

        var result = await bank.ProcessAsync(new Ask("a"), Key("k"));

        result.ShouldBe(1);
        (await store.TypesAsync()).ShouldBe(["Ask", "Opened"]);

        static void Opening(DomainBuilder domain, int result, Func<Task> before) => domain.CommandHandler<Account>().RetryConflicts(2, TimeSpan.Zero)
            .On<Ask, int>(async (ask, context) =>
            {
                await before();
                context.Repository<Account>().Add(Account.Open(ask.Note));
                return result;
            });
    }

    [Fact]
    public async Task ProcessAsync_WithOneKeyAfterAnInlineHandlerFailed_ReturnsTheStoredResult()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.CommandHandler<Account>().On<Ask, int>((_, context) =>
            {
                context.Repository<Account>().Add(Account.Open("a"));
                return 3;
            });
            domain.EventHandler<Account>().Inline().On<Opened>((_, _) => throw new TimeoutException());
        });
        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Ask(), Key("k")));

        (await bank.Domain.ProcessAsync(new Ask(), Key("k"))).ShouldBe(3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(201)]
    public async Task ProcessAsync_KeyOfAnImpossibleLength_IsRefused(int length)
    {
        await using var bank = Counting();

        var error = await Should.ThrowAsync<ArgumentException>(() => bank.Domain.ProcessAsync(new Ask(), Key(new string('k', length))));

        error.Message.ShouldContain($"1 to 200 characters; this one has {length}");
        _runs.ShouldBe(0);
    }

    [Fact]
    public async Task ProcessAsync_TheLongestKeyAndALongTenant_Work()
    {
        await using var bank = Counting();
        var options = Key(new string('k', 200), tenant: new string('t', 500));

        await bank.Domain.ProcessAsync(new Ask(), options);

        (await bank.Domain.ProcessAsync(new Ask(), options)).ShouldBe(1);
    }

    [Fact]
    public async Task IdempotencyKey_OfACommand_IsNotPassedOnToWhatFollows()
    {
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>()
            .On<Act>((_, context) => context.Repository<Account>().Add(Account.Open("a"))));

        await bank.Domain.ProcessAsync(new Act(), Key("k"));

        (await bank.Store.LogAsync(MessageKind.Event)).ShouldHaveSingleItem().Metadata.IdempotencyKey.ShouldBeNull();
    }

    private static CommandOptions Key(string key, string? tenant = null) => new()
    {
        IdempotencyKey = key,
        Headers = tenant is null ? null : new Dictionary<string, string> { ["tenant"] = tenant },
    };

    private TestDomain Counting() => Bank.Create(domain => domain.CommandHandler<Account>()
        .On<Ask, int>((_, _) => ++_runs)
        .On<Act>((_, _) => _runs++));
}
