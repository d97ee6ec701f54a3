using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>Inline handlers beside each other.</summary>
public sealed class ParallelTests
{
    private const int Patience = 30_000;

    private readonly Overlap _overlap = new();

    /// <summary>Counts who is at work at once. Each waits until so many are, as far as the limit lets them in.</summary>
    private sealed class Overlap
    {
        private readonly Lock _gate = new();
        private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _running;

        public int Expected { get; set; }

        public int Peak { get; private set; }

        public int Handled { get; private set; }

        public async Task WorkAsync()
        {
            lock (_gate)
            {
                Peak = Math.Max(Peak, ++_running);
                if (_running >= Expected)
                    _met.TrySetResult();
            }

            await _met.Task;
            await Task.Yield();
            lock (_gate)
            {
                _running--;
                Handled++;
            }
        }
    }

    [Fact(Timeout = Patience)]
    public async Task Scenario_InProcess_C23_ThreeEventsOneAfterTheOtherWithALimitOfTwo_OverlapNever()
    {
        _overlap.Expected = 1;
        List<int> order = [];
        await using var bank = Bank.Create(domain =>
        {
            domain.MaxConcurrentHandlers = 2;
            domain.EventHandler<Shelf>().Inline().On<Cheered>(async (e, _) =>
            {
                order.Add(e.Level);
                await _overlap.WorkAsync();
            });
        });

        await CheerAsync(bank, 3);

        _overlap.Peak.ShouldBe(1);
        order.ShouldBe([0, 1, 2]);
    }

    [Fact(Timeout = Patience)]
    public async Task Scenario_InProcess_C24_TwoHandlersThatWaitForEachOther_BothComplete()
    {
        _overlap.Expected = 2;
        await using var bank = Bank.Create(domain =>
        {
            domain.InlineOrder = InlineOrder.Parallel;
            domain.EventHandler<Account>().Named("h1").Inline().On<Opened>((_, _) => _overlap.WorkAsync());
            domain.EventHandler<Account>().Named("h2").Inline().On<Opened>((_, _) => _overlap.WorkAsync());
        });

        await bank.Domain.OpenAsync("a");

        _overlap.Handled.ShouldBe(2);
    }

    [Fact(Timeout = Patience)]
    public async Task Scenario_InProcess_C24_TwoHandlersThatBlockTheirThreads_BothComplete()
    {
        using var barrier = new Barrier(2);
        await using var bank = Bank.Create(domain =>
        {
            domain.EventHandler<Account>().Named("h1").Inline().Parallel().On<Opened>((_, _) => barrier.SignalAndWait(TestContext.Current.CancellationToken));
            domain.EventHandler<Account>().Named("h2").Inline().Parallel().On<Opened>((_, _) => barrier.SignalAndWait(TestContext.Current.CancellationToken));
        });

        await bank.Domain.OpenAsync("a");

        barrier.CurrentPhaseNumber.ShouldBe(1);
    }

    [Theory(Timeout = Patience)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task Limit_ManyHandlersOfManyEvents_IsReachedAndNeverPassed(int limit)
    {
        _overlap.Expected = limit;
        await using var bank = Bank.Create(domain =>
        {
            domain.MaxConcurrentHandlers = limit;
            for (var i = 0; i < 5; i++)
                domain.EventHandler<Shelf>().Named($"h{i}").Inline().Parallel().On<Cheered>((_, _) => _overlap.WorkAsync());
        });

        await CheerAsync(bank, 10);

        _overlap.Peak.ShouldBe(limit);
        _overlap.Handled.ShouldBe(50);
    }

    [Fact(Timeout = Patience)]
    public async Task Limit_OfTheWholeDomain_IsSharedByCalls()
    {
        _overlap.Expected = 3;
        await using var bank = Bank.Create(domain =>
        {
            domain.HandlerLimit = HandlerLimit.WholeDomain;
            domain.MaxConcurrentHandlers = 3;
            domain.EventHandler<Account>().Inline().On<Opened>((_, _) => _overlap.WorkAsync());
        });

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => bank.Domain.OpenAsync($"{i}")));

        _overlap.Peak.ShouldBe(3);
        _overlap.Handled.ShouldBe(20);
    }

    [Theory(Timeout = Patience)]
    [InlineData(HandlerLimit.PerCall)]
    [InlineData(HandlerLimit.WholeDomain)]
    public async Task Limit_AHandlerThatWaitsForTheHandlersOfItsOwnCalls_LendsThemItsPlace(HandlerLimit counted)
    {
        _overlap.Expected = 1;
        await using var bank = Bank.Create(domain =>
        {
            domain.HandlerLimit = counted;
            domain.MaxConcurrentHandlers = 1;
            domain.InlineOrder = InlineOrder.Parallel;
            domain.EventHandler<Account>().Inline().On<Opened>(async (e, context) =>
            {
                await Task.WhenAll(Enumerable.Range(0, 4).Select(i => StockAsync(context, $"{e.AccountId}{i}")));
                await _overlap.WorkAsync();
            });
            domain.EventHandler<Shelf>().Inline().On<Stocked>((_, _) => _overlap.WorkAsync());
        });

        await Task.WhenAll(bank.Domain.OpenAsync("a"), bank.Domain.OpenAsync("b"));

        _overlap.Peak.ShouldBeLessThanOrEqualTo(counted == HandlerLimit.WholeDomain ? 1 : 2);
        _overlap.Handled.ShouldBe(10);
    }

    [Fact(Timeout = Patience)]
    public async Task FollowUps_OfParallelHandlers_AreHandledInTheSameCall()
    {
        var levels = new System.Collections.Concurrent.ConcurrentQueue<int>();
        await using var bank = Bank.Create(domain =>
        {
            domain.InlineOrder = InlineOrder.Parallel;
            domain.EventHandler<Shelf>().RetryConflicts(100, TimeSpan.Zero).Inline().On<Cheered>(async (e, context) =>
            {
                levels.Enqueue(e.Level);
                if (e.Level < 3)
                    (await context.Repository<Shelf>().GetAsync(e.ShelfId)).Cheer(e.Level + 1);
            });
        });

        await CheerAsync(bank, 1);

        levels.ShouldBe([0, 1, 2, 3]);
    }

    [Fact(Timeout = Patience)]
    public async Task Scenario_InProcess_B12_AChainInParallelMode_IsHandledOnceEach()
    {
        var log = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var bank = Bank.Create(domain =>
        {
            domain.InlineOrder = InlineOrder.Parallel;
            domain.EventHandler<Account>().Inline()
                .On<Opened>(e => e.AccountId, (account, e) =>
                {
                    log.Enqueue("L1");
                    account.Deposit(e.Balance);
                })
                .On<Deposited>(e => e.AccountId, (account, e) =>
                {
                    log.Enqueue($"L2 {e.Amount}");
                    account.Close();
                })
                .On<AccountClosed>((_, _) => log.Enqueue("L3"));
        });

        await bank.Domain.OpenAsync("a", 7);

        log.ShouldBe(["L1", "L2 7", "L3"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Mixed_SequentialOnesStayInLine_WhileAParallelOneTakesItsTime()
    {
        var line = new List<string>();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var bank = Bank.Create(domain =>
        {
            domain.EventHandler<Shelf>().Named("slow").Inline().Parallel().On<Cheered>((_, _) => gate.Task);
            domain.EventHandler<Shelf>().Named("a").Inline().On<Cheered>((e, _) => line.Add($"a{e.Level}"));
            domain.EventHandler<Shelf>().Named("b").Inline().On<Cheered>((e, _) =>
            {
                line.Add($"b{e.Level}");
                if (e.Level == 1)
                    gate.SetResult();
            });
        });

        await CheerAsync(bank, 2);

        line.ShouldBe(["a0", "b0", "a1", "b1"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Throw_SeveralErrors_AreThrownTogetherInTheOrderOfTheirHandlers()
    {
        _overlap.Expected = 3;
        await using var bank = Bank.Create(domain =>
        {
            domain.InlineOrder = InlineOrder.Parallel;
            for (var i = 0; i < 3; i++)
            {
                var number = i;
                domain.EventHandler<Account>().Named($"h{i}").Inline().On<Opened>(async (_, _) =>
                {
                    await _overlap.WorkAsync();
                    throw new TimeoutException($"{number}");
                });
            }
        });

        var error = await Should.ThrowAsync<AggregateException>(() => bank.Domain.OpenAsync("a"));

        error.InnerExceptions.Select(e => e.Message).ShouldBe(["0", "1", "2"]);
        AfterCommit.IsMarked(error).ShouldBeTrue();
    }

    [Fact(Timeout = Patience)]
    public async Task Scenario_InProcess_C26_IsolatedErrors_OthersRunAndTheirFollowUpsAreHandled()
    {
        using var log = new CapturedLog();
        var followed = false;
        await using var bank = Bank.Create(domain =>
        {
            log.AddTo(domain);
            domain.InlineOrder = InlineOrder.Parallel;
            domain.InlineErrors = InlineErrorPolicy.Isolate;
            domain.CommandHandler<Account>().On<Ask, int>((_, context) =>
            {
                context.Repository<Account>().Add(Account.Open("a"));
                return 42;
            });
            domain.EventHandler<Account>().Named("h1").Inline().On<Opened>((_, _) => throw new TimeoutException("late"));
            domain.EventHandler<Account>().Named("h2").Inline().On<Opened>(e => e.AccountId, (account, _) => account.Deposit(1));
            domain.EventHandler<Account>().Named("h3").Inline().On<Deposited>((_, _) => followed = true);
        });

        (await bank.Domain.ProcessAsync(new Ask())).ShouldBe(42);

        followed.ShouldBeTrue();
        var line = log.Of(1002).ShouldHaveSingleItem();
        line.Text.ShouldContain("h1.Opened");
        line.Error.ShouldBeOfType<TimeoutException>().StackTrace.ShouldNotBeNull();
    }

    [Fact(Timeout = Patience)]
    public async Task FailFast_AfterAnError_WaitsForWhatRunsAndStartsNothingFurther()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var slowIsDone = false;
        var started = false;
        await using var bank = Bank.Create(domain =>
        {
            domain.InlineErrors = InlineErrorPolicy.FailFast;
            domain.EventHandler<Account>().Named("slow").Inline().Parallel().On<Opened>(async (_, _) =>
            {
                begun.SetResult();
                await gate.Task;
                slowIsDone = true;
            });
            domain.EventHandler<Account>().Named("failing").Inline().Parallel().On<Opened>(async (_, _) =>
                {
                    await begun.Task;
                    throw new TimeoutException();
                })
                .HandleError((_, _, _) => failed.SetResult());
            domain.EventHandler<Account>().Named("first").Inline().On<Opened>(async (_, _) =>
            {
                await failed.Task;
                gate.SetResult();
            });
            domain.EventHandler<Account>().Named("second").Inline().On<Opened>((_, _) => started = true);
        });

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.OpenAsync("a"));

        slowIsDone.ShouldBeTrue();
        started.ShouldBeFalse();
    }

    [Fact(Timeout = Patience)]
    public async Task Scenario_InProcess_C30_Cancelled_WaitsForWhatRunsStartsNothingFurtherAndCountsNoFailure()
    {
        using var log = new CapturedLog();
        using var cancellation = new CancellationTokenSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = false;
        var started = false;
        await using var bank = Bank.Create(domain =>
        {
            log.AddTo(domain);
            domain.EventHandler<Account>().Named("beside").Inline().Parallel().On<Opened>(async (_, context) =>
            {
                begun.SetResult();
                try
                {
                    await Task.Delay(Timeout.Infinite, context.CancellationToken);
                }
                finally
                {
                    await Task.Yield();
                    ended = true;
                }
            });
            domain.EventHandler<Account>().Named("first").Inline().On<Opened>(async (_, _) =>
            {
                await begun.Task;
                await cancellation.CancelAsync();
            });
            domain.EventHandler<Account>().Named("second").Inline().On<Opened>((_, _) => started = true);
        });

        var error = await Record.ExceptionAsync(() => bank.Domain.Repository<Account>().SaveAsync(Account.Open("a"), cancellation.Token).AsTask());

        error.ShouldBeAssignableTo<OperationCanceledException>();
        AfterCommit.IsMarked(error!).ShouldBeTrue();
        ended.ShouldBeTrue();
        started.ShouldBeFalse();
        log.Of(1002).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Parallel_OnAHandlerThatDoesNotRunInline_IsAConfigurationError(bool inEngine)
    {
        var error = Should.Throw<DomainConfigurationException>(() => Bank.Create(domain =>
        {
            var handler = domain.EventHandler<Account>().Parallel().On<Opened>((_, _) => { });
            _ = inEngine ? handler.InEngine() : handler.InSameCommit();
        }));

        error.Message.ShouldContain("Event handler account is Parallel()");
        error.Message.ShouldContain(inEngine ? "in the Engine: use .Partitions(…) there" : "in the commit itself");
    }

    [Fact]
    public void MaxConcurrentHandlers_BelowOne_IsAConfigurationError() =>
        Should.Throw<DomainConfigurationException>(() => Bank.Create(domain => domain.MaxConcurrentHandlers = 0)).Message.ShouldContain("MaxConcurrentHandlers is 0; it must be 1 or more");

    /// <summary>In a unit of work of its own, whose inline handlers the caller waits for.</summary>
    private static async Task StockAsync(HandlerContext context, string id)
    {
        var unit = context.Domain.BeginUnitOfWork();
        unit.Repository<Shelf>().Add(Shelf.Make(id));
        await unit.CommitAsync();
    }

    private static async Task CheerAsync(TestDomain bank, int events)
    {
        var shelf = Shelf.Silent("s");
        for (var level = 0; level < events; level++)
            shelf.Cheer(level);
        await bank.Domain.Repository<Shelf>().SaveAsync(shelf);
    }
}
