using FsCheck.Fluent;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>When inline handlers run, and in which order.</summary>
public sealed class InlineOrderTests
{
    private readonly List<string> _log = [];

    [Fact]
    public async Task Scenario_InProcess_B8_EachSendReturnsAfterItsEventWasHandled()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.CommandHandler<Account>().On<Act>((act, context) => context.Repository<Account>().Add(Account.Open(act.Note)));
            domain.EventHandler<Account>().Inline().On<Opened>((e, _) => _log.Add(e.AccountId));
        });

        for (var user = 1; user <= 4; user++)
        {
            await bank.Domain.ProcessAsync(new Act($"{user}"));
            _log.ShouldBe(Enumerable.Range(1, user).Select(u => $"{u}"));
        }
    }

    [Fact]
    public async Task Scenario_InProcess_B10_HandlersRunInTheOrderOfTheirDeclaration()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.EventHandler<Account>().Named("z").Inline().On<Opened>((_, _) => _log.Add("h1"));
            domain.EventHandler<Account>().Named("a").Inline().On<Opened>((_, _) => _log.Add("h2"));
        });

        await bank.Domain.OpenAsync("a");

        _log.ShouldBe(["h1", "h2"]);
    }

    [Fact]
    public void Scenario_InProcess_B11_TheSameHandlerTwiceIsRefusedAtRegistration()
    {
        Should.Throw<DomainConfigurationException>(() => Bank.Create(domain =>
        {
            domain.EventHandler<Account>().Inline().Use<Noting>();
            domain.EventHandler<Account>().Inline().Use<Noting>();
        })).Message.ShouldContain("2 handlers are named 'Noting'");
    }

    [Fact]
    public async Task Scenario_InProcess_B12_AChainIsHandledOnceEach()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().Inline()
            .On<Opened>(e => e.AccountId, (account, e) => Note("L1", () => account.Deposit(e.Balance)))
            .On<Deposited>(e => e.AccountId, (account, e) => Note($"L2 {e.Amount}", account.Close))
            .On<AccountClosed>((_, _) => _log.Add("L3")));

        await bank.Domain.OpenAsync("a", 7);

        _log.ShouldBe(["L1", "L2 7", "L3"]);
    }

    [Fact]
    public async Task Scenario_InProcess_B14_AnEventThatIsRaisedAgainRunsInTheOrderOfItsLevels()
    {
        await using var bank = Cheering(level => level < 2 ? [level + 1] : []);

        await CheerAsync(bank, 0);

        _log.ShouldBe(["0", "1", "2"]);
    }

    [Fact]
    public async Task Scenario_InProcess_B17_FollowUpsRunInTheOrderOfTheirProducers()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.EventHandler<Account>().Named("h1").Inline().On<Opened>(e => e.AccountId, (account, _) => account.Deposit(1));
            domain.EventHandler<Account>().Named("h2").Inline().On<Opened>(e => e.AccountId, (account, _) => account.Deposit(2));
            domain.EventHandler<Account>().Named("log").Inline().On<Deposited>((e, _) => _log.Add($"x_{e.Amount}"));
        });

        await bank.Domain.OpenAsync("a");

        _log.ShouldBe(["x_1", "x_2"]);
    }

    [Fact]
    public async Task Scenario_InProcess_B20_EventsNobodyHandlesAreNoError()
    {
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>().On<Ask, int>((_, context) =>
        {
            context.Repository<Account>().Add(Account.Open("a"));
            return 5;
        }));

        (await bank.Domain.ProcessAsync(new Ask())).ShouldBe(5);
    }

    [Fact]
    public async Task Scenario_InProcess_B21_WithoutEventsNoHandlerIsMade()
    {
        await using var bank = Bank.Acting((_, _) => Task.CompletedTask, domain => domain.EventHandler<Account>().Inline().Use<NeverMade>());

        await bank.Domain.ProcessAsync(new Act());

        (await bank.Store.TypesAsync()).ShouldBe(["Act"]);
    }

    [Fact]
    public async Task FollowUps_OfATree_RunBreadthFirst()
    {
        await using var bank = Cheering(level => level switch { 1 => [2, 3], 2 => [4, 5], 3 => [6], _ => [] });

        await CheerAsync(bank, 1);

        _log.ShouldBe(["1", "2", "3", "4", "5", "6"]);
    }

    [Fact]
    public void FollowUps_OfAnyTree_RunInTheOrderOfASimpleQueue()
    {
        // Each number names a node; its children are the nodes after it that point to it.
        var trees = Gen.Choose(1, 12).SelectMany(size => Gen.CollectToArray(
            Enumerable.Range(1, size).Select(node => Gen.Choose(0, node - 1))));
        Property.Holds(trees, async parents =>
        {
            int[] Children(int node) => [.. Enumerable.Range(1, parents.Length).Where(n => parents[n - 1] == node)];
            List<string> expected = [];
            var waiting = new Queue<int>([0]);
            while (waiting.TryDequeue(out var node))
            {
                expected.Add($"{node}");
                foreach (var child in Children(node))
                    waiting.Enqueue(child);
            }

            _log.Clear();
            await using var bank = Cheering(Children);
            await CheerAsync(bank, 0);
            return _log.SequenceEqual(expected);
        });
    }

    [Fact]
    public async Task Methods_ForOneEvent_RunInTheOrderOfTheirDeclaration()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().Inline()
            .On<Opened>((_, _) => _log.Add("first"))
            .On<Deposited>((_, _) => _log.Add("other"))
            .On<Opened>((_, _) => _log.Add("second")));

        await bank.Domain.OpenAsync("a");

        _log.ShouldBe(["first", "second"]);
    }

    [Fact]
    public async Task Handlers_AfterTheCommit_SeeItStored()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().Inline().On<Opened>(async (e, context) =>
            _log.Add($"{(await context.Repository<Account>().GetAsync(e.AccountId)).Balance} {context.Message!.GlobalPosition} {context.Message.Position}")));
        await bank.Domain.OpenAsync("earlier", 1);

        await bank.Domain.OpenAsync("a", 6);

        _log.ShouldBe(["1 1 0", "6 2 0"]);
    }

    [Fact]
    public async Task Messages_OfOneCommit_HaveTheirPositions()
    {
        await using var bank = Bank.Acting(
            (_, context) =>
            {
                context.Repository<Shelf>().Add(Shelf.Make("s"));
                var account = Account.Open("a");
                account.Deposit(1);
                context.Repository<Account>().Add(account);
                return Task.CompletedTask;
            },
            domain => domain.EventHandler<Account>().Inline().OnAny((message, _) => _log.Add($"{message.Position} {message.GlobalPosition}")));

        await bank.Domain.ProcessAsync(new Act());

        // Before them stand the command and the shelf's event.
        _log.ShouldBe(["0 3", "1 4"]);
    }

    [Fact]
    public async Task EventProcessing_Inline_MakesInlineWhatSaysNothingElse()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.EventProcessing = EventProcessing.Inline;
            domain.EventHandler<Account>().Named("one").On<Opened>((_, _) => _log.Add("inline"));
            domain.EventHandler<Account>().Named("two").InEngine().On<Opened>((_, _) => _log.Add("engine"));
        });

        await bank.Domain.OpenAsync("a");
        _log.ShouldBe(["inline"]);
        await bank.DrainAsync();

        _log.ShouldBe(["inline", "engine"]);
    }

    private static Task CheerAsync(TestDomain bank, int level)
    {
        var shelf = Shelf.Silent("s");
        shelf.Cheer(level);
        return bank.Domain.Repository<Shelf>().SaveAsync(shelf).AsTask();
    }

    private TestDomain Cheering(Func<int, int[]> next) => Bank.Create(domain => domain.EventHandler<Shelf>().Inline()
        .On<Cheered>(e => e.ShelfId, (shelf, e) =>
        {
            _log.Add($"{e.Level}");
            foreach (var level in next(e.Level))
                shelf.Cheer(level);
        }));

    private void Note(string text, Action act)
    {
        _log.Add(text);
        act();
    }

    private sealed class Noting : IHandle<Opened>
    {
        public Task HandleAsync(Opened message, HandlerContext context) => Task.CompletedTask;
    }

    private sealed class NeverMade : IHandle<Opened>
    {
        public NeverMade() => throw new InvalidOperationException("made");

        public Task HandleAsync(Opened message, HandlerContext context) => Task.CompletedTask;
    }
}
