using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>Very many calls at once, with handlers that fail, cancel their call, take their time, and raise what others handle.</summary>
public sealed class InlineStressTests
{
    private const int Threads = 64;
    private const int Calls = 100_000;
    private const int Handlers = 4;
    private const int Limit = 8;

    private readonly Call[] _calls = [.. Enumerable.Range(0, Calls).Select(number => new Call(number))];
    private int _running;
    private int _peak;
    private int _told;

    private enum Deed
    {
        Nothing,
        Fail,
        TakeTime,
        Raise,
        Cancel,
    }

    private sealed record Poked(int Number) : IDomainEvent;

    /// <summary>A call, and how much of it is going on.</summary>
    private sealed class Call(int number)
    {
        public int Number => number;

        public int Entered;

        public int Running;

        /// <summary>Made up from the number, so that what is to come out of it can be told.</summary>
        public Deed DeedOf(int handler) => ((number * 7919 + handler * 104729) % 97) switch
        {
            < 8 => Deed.Fail,
            < 28 => Deed.TakeTime,
            < 43 => Deed.Raise,
            < 45 => Deed.Cancel,
            _ => Deed.Nothing,
        };

        public int Count(Deed deed) => Enumerable.Range(0, Handlers).Count(handler => DeedOf(handler) == deed);

        public bool IsCancelled => Count(Deed.Cancel) > 0;

        public CancellationTokenSource? Cancellation { get; set; }
    }

    [Fact(Timeout = 300_000)]
    public async Task PublishAsync_FromManyThreads_LeavesNothingRunningAndReachesTheLimitButNeverPassesIt()
    {
        await using var domain = CreateDomain();
        var next = -1;
        var cancelled = 0;
        var failed = 0;

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ =>
            Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        _running.ShouldBe(0);
        _peak.ShouldBe(Limit);
        cancelled.ShouldBeInRange(_calls.Count(c => c.IsCancelled && c.Entered < EnteredIfNobodyCancels(c)), _calls.Count(c => c.IsCancelled));
        failed.ShouldBeInRange(_calls.Count(c => !c.IsCancelled && c.Count(Deed.Fail) > 0), _calls.Count(c => c.Count(Deed.Fail) > 0));
        _told.ShouldBeInRange(_calls.Where(c => !c.IsCancelled).Sum(c => c.Count(Deed.Fail)), _calls.Sum(c => c.Count(Deed.Fail)));
        foreach (var call in _calls)
        {
            if (call.IsCancelled)
                call.Entered.ShouldBeLessThanOrEqualTo(EnteredIfNobodyCancels(call));
            else
                call.Entered.ShouldBe(EnteredIfNobodyCancels(call));
        }

        void Work()
        {
            for (int number; (number = Interlocked.Increment(ref next)) < Calls;)
                Count(Run(domain, _calls[number]));
        }

        void Count(Exception? error)
        {
            if (error is OperationCanceledException)
                Interlocked.Increment(ref cancelled);
            else if (error is not null)
                Interlocked.Increment(ref failed);
        }
    }

    /// <summary>Each of the handlers, and the two that handle what one raises.</summary>
    private static int EnteredIfNobodyCancels(Call call) => Handlers + 2 * call.Count(Deed.Raise);

    private static Exception? Run(Domain domain, Call call)
    {
        Exception? error = null;
        using (call.Cancellation = call.IsCancelled ? new() : null)
        {
            try
            {
                domain.PublishAsync(new Poked(call.Number), cancellationToken: call.Cancellation?.Token ?? default).GetAwaiter().GetResult();
            }
            catch (Exception e) when (e is OperationCanceledException or TimeoutException or AggregateException)
            {
                error = e;
            }
        }

        Volatile.Read(ref call.Running).ShouldBe(0, $"call {call.Number} has returned");
        return error;
    }

    private Domain CreateDomain() => Domain.Create("stress", domain =>
    {
        domain.MaxConcurrentHandlers = Limit;
        domain.HandlerLimit = HandlerLimit.WholeDomain;
        domain.Aggregate<Account>();
        for (var i = 0; i < Handlers; i++)
        {
            var number = i;
            var handler = domain.EventHandler<Account>().Named($"handler {i}").Inline()
                .On<Poked>((poked, context) => WorkAsync(_calls[poked.Number], () => DoAsync(_calls[poked.Number], number, context)))
                .HandleError((_, _, _) => Interlocked.Increment(ref _told));
            _ = i == 0 ? handler : handler.Parallel();
        }

        domain.EventHandler<Account>().Named("follow-up in line").Inline().On<Opened>((e, _) => WorkAsync(_calls[e.Balance], () => Task.CompletedTask));
        domain.EventHandler<Account>().Named("follow-up beside").Inline().Parallel().On<Opened>((e, _) => WorkAsync(_calls[e.Balance], TakeTimeAsync));
        domain.UseInMemory();
    });

    private async Task WorkAsync(Call call, Func<Task> work)
    {
        Interlocked.Increment(ref call.Entered);
        Interlocked.Increment(ref call.Running);
        var running = Interlocked.Increment(ref _running);
        for (var peak = _peak; running > peak; peak = _peak)
            Interlocked.CompareExchange(ref _peak, running, peak);
        try
        {
            await work();
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            Interlocked.Decrement(ref call.Running);
        }
    }

    private static async Task DoAsync(Call call, int handler, HandlerContext context)
    {
        switch (call.DeedOf(handler))
        {
            case Deed.Fail:
                throw new TimeoutException();
            case Deed.TakeTime:
                await TakeTimeAsync();
                break;
            case Deed.Raise:
                context.Repository<Account>().Add(Account.Open($"{call.Number}-{handler}", call.Number));
                break;
            case Deed.Cancel:
                await call.Cancellation!.CancelAsync();
                break;
        }
    }

    private static async Task TakeTimeAsync()
    {
        for (var i = 0; i < 5; i++)
            await Task.Yield();
    }
}
