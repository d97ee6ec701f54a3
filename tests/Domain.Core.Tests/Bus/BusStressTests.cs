using System.Collections.Concurrent;
using Shouldly;
using Xunit;

namespace Protean.Tests.Bus;

/// <summary>Publishers, and subscribers that come and go, fail and are slow, all at once: nothing is lost and nothing is heard twice.</summary>
public sealed class BusStressTests
{
    private const int HangLimit = 120_000;
    private const int Threads = 16;
    private const int EventsPerThread = 500;

    [Fact(Timeout = HangLimit)]
    public async Task Publish_From16ThreadsWithSubscribersThatComeAndGo_TheCountsAddUp()
    {
        await using var test = new TestBus();
        int steady = 0, asynchronous = 0, gated = 0, failures = 0, passing = 0;
        var background = new ConcurrentQueue<(int Thread, int Number)>();
        test.Bus.Subscribe<ArticleEvent>(_ => { Interlocked.Increment(ref steady); });
        test.Bus.Subscribe<ArticleCreated>(async _ =>
        {
            await Task.Yield();
            Interlocked.Increment(ref asynchronous);
        });
        test.Bus.Subscribe<ArticleCreated>(
            async _ =>
            {
                await Task.Yield();
                // Not interlocked: it is right only if no two are here at once.
                gated++;
            },
            new() { MaxConcurrency = 1 });
        test.Bus.Subscribe<ArticleCreated>(e =>
        {
            if (e.AuthorId % 10 != 0)
                return;
            Interlocked.Increment(ref failures);
            throw new InvalidOperationException();
        });
        test.Bus.Subscribe<ArticleCreated>(e => { background.Enqueue((e.ArticleId, e.AuthorId)); }, new() { Background = true, QueueCapacity = 50 });

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
        {
            for (var n = 0; n < EventsPerThread; n++)
            {
                var own = 0;
                using (test.Bus.Subscribe<ArticleCreated>(e =>
                {
                    if (e.ArticleId == thread)
                        own++;
                    Interlocked.Increment(ref passing);
                }))
                {
                    await test.Bus.PublishAsync(new ArticleCreated(thread, n));
                }

                own.ShouldBe(1);
            }
        })));
        await test.StopAsync();

        const int all = Threads * EventsPerThread;
        (steady, asynchronous, gated).ShouldBe((all, all, all));
        passing.ShouldBeGreaterThanOrEqualTo(all);
        failures.ShouldBe(all / 10);
        test.Log.Of(1100).Count.ShouldBe(failures);
        background.Count.ShouldBe(all);
        background.GroupBy(e => e.Thread).ShouldAllBe(g => g.Select(e => e.Number).SequenceEqual(Enumerable.Range(0, EventsPerThread)));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Stop_WhilePublishersGoOn_EveryEventIsHandledOrSaidToBeLate()
    {
        await using var test = new TestBus();
        var handled = 0;
        var published = 0;
        test.Bus.Subscribe<ArticleCreated>(_ => { Interlocked.Increment(ref handled); }, new() { Background = true, QueueCapacity = 10 });
        var started = new TaskCompletionSource();

        var publishers = Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
        {
            for (var n = 0; n < EventsPerThread; n++)
            {
                await test.Bus.PublishAsync(new ArticleCreated(thread, n));
                if (Interlocked.Increment(ref published) == 100)
                    started.SetResult();
            }
        })).ToArray();
        await started.Task;
        await test.StopAsync();
        await Task.WhenAll(publishers);

        (handled + test.Log.Of(1101).Count).ShouldBe(Threads * EventsPerThread);
        test.Log.Of(1102).ShouldBeEmpty();
    }
}
