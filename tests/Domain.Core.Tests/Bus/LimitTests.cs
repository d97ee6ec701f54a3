using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Bus;

/// <summary>How many at once, how long, and in the background.</summary>
public sealed class LimitTests
{
    private const int HangLimit = 30_000;

    private readonly List<int> _heard = [];

    [Fact(Timeout = HangLimit)]
    public async Task MaxConcurrency_MorePublications_WaitInTheirOrder()
    {
        await using var test = new TestBus();
        var door = new Door();
        test.Bus.Subscribe<ArticleCreated>(
            async e =>
            {
                await door.PassAsync();
                lock (_heard)
                    _heard.Add(e.ArticleId);
            },
            new() { MaxConcurrency = 1 });

        var publishing = Enumerable.Range(1, 20).Select(n => test.Bus.PublishAsync(new ArticleCreated(n, 0)).AsTask()).ToArray();
        await door.ArrivedAsync();
        publishing.ShouldAllBe(p => !p.IsCompleted);
        door.Open();
        await Task.WhenAll(publishing);

        _heard.ShouldBe(Enumerable.Range(1, 20));
        door.MostWithin.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task MaxConcurrency_SoManyAtOnce_RunBesideEachOther()
    {
        await using var test = new TestBus();
        var door = new Door();
        test.Bus.Subscribe<ArticleCreated>(_ => door.PassAsync(), new() { MaxConcurrency = 3 });

        var publishing = Enumerable.Range(1, 10).Select(n => test.Bus.PublishAsync(new ArticleCreated(n, 0)).AsTask()).ToArray();
        for (var n = 0; n < 3; n++)
            await door.ArrivedAsync();
        door.Open();
        await Task.WhenAll(publishing);

        door.MostWithin.ShouldBe(3);
    }

    [Fact(Timeout = HangLimit)]
    public async Task MaxConcurrency_ASlowSubscriber_HoldsUpNoOther()
    {
        await using var test = new TestBus();
        var door = new Door();
        var heard = new TaskCompletionSource();
        test.Bus.Subscribe<ArticleCreated>(_ => door.PassAsync(), new() { MaxConcurrency = 1 });
        test.Bus.Subscribe<ArticleCreated>(e =>
        {
            if (e.ArticleId == 2)
                heard.SetResult();
        });

        Task[] publishing = [test.Bus.PublishAsync(new ArticleCreated(1, 0)).AsTask(), test.Bus.PublishAsync(new ArticleCreated(2, 0)).AsTask()];

        await heard.Task;
        door.Open();
        await Task.WhenAll(publishing);
    }

    [Fact(Timeout = HangLimit)]
    public async Task MaxConcurrency_APublisherThatIsCancelledInTheLine_LeavesIt()
    {
        await using var test = new TestBus();
        using var cancelled = new CancellationTokenSource();
        var door = new Door();
        test.Bus.Subscribe<ArticleCreated>(_ => door.PassAsync(), new() { MaxConcurrency = 1 });
        var first = test.Bus.PublishAsync(new ArticleCreated(1, 0)).AsTask();
        await door.ArrivedAsync();

        var second = test.Bus.PublishAsync(new ArticleCreated(2, 0), cancelled.Token).AsTask();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => second);
        door.Open();
        await first;
        await test.Bus.PublishAsync(new ArticleCreated(3, 0));
    }

    [Fact(Timeout = HangLimit)]
    public async Task MaxConcurrency_ASubscriberThatWouldWaitForItself_FailsWithTheWayOut()
    {
        await using var test = new TestBus();
        test.Bus.Subscribe<ArticleCreated>(
            async e =>
            {
                if (e.ArticleId < 3)
                    await test.Bus.PublishAsync(e with { ArticleId = e.ArticleId + 1 });
            },
            new() { Name = "loop", MaxConcurrency = 1 });

        await test.Bus.PublishAsync(new ArticleCreated(1, 0));

        test.Log.Of(1100).ShouldHaveSingleItem().Error!.Message.ShouldContain("loop publishes ArticleCreated while it handles an event, and would wait for itself");
    }

    [Fact(Timeout = HangLimit)]
    public async Task TimeLimit_OfASubscriberThatTakesItsToken_IsAFailureOfItAlone()
    {
        var clock = new FakeClock();
        await using var test = new TestBus(clock: clock);
        var door = new Door();
        CancellationToken given = default;
        test.Bus.Subscribe<ArticleCreated>((_, token) => door.PassAsync(given = token), new() { Name = "slow", TimeLimit = TimeSpan.FromSeconds(5) });
        test.Bus.Subscribe<ArticleCreated>(e => { _heard.Add(e.ArticleId); });

        var publishing = test.Bus.PublishAsync(new ArticleCreated(1, 0)).AsTask();
        await door.ArrivedAsync();
        clock.Advance(TimeSpan.FromSeconds(4));
        publishing.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(1));
        await publishing;

        _heard.ShouldBe([1]);
        given.IsCancellationRequested.ShouldBeTrue();
        test.Log.Of(1100).ShouldHaveSingleItem().Error.ShouldBeOfType<TimeoutException>().Message.ShouldContain("slow took longer for ArticleCreated than its time limit of 5 s");
    }

    [Fact(Timeout = HangLimit)]
    public async Task TimeLimit_OfASubscriberThatIgnoresItsToken_LetsThePublisherGoAndItsLaterFailureIsTold()
    {
        var clock = new FakeClock();
        await using var test = new TestBus(clock: clock);
        var door = new Door();
        var failed = new TaskCompletionSource();
        test.Bus.Subscribe<ArticleCreated>(
            async _ =>
            {
                await door.PassAsync();
                failed.SetResult();
                throw new InvalidOperationException("much later");
            },
            new() { TimeLimit = TimeSpan.FromSeconds(5) });

        var publishing = test.Bus.PublishAsync(new ArticleCreated(1, 0)).AsTask();
        await door.ArrivedAsync();
        clock.Advance(TimeSpan.FromSeconds(5));
        await publishing;
        door.Open();
        await failed.Task;

        while (test.Log.Of(1103).Count == 0)
            await Task.Yield();
        test.Log.Of(1103).ShouldHaveSingleItem().Error!.Message.ShouldBe("much later");
    }

    [Fact(Timeout = HangLimit)]
    public async Task TimeLimit_OfASubscriberThatBlocks_IsSeen()
    {
        var clock = new FakeClock();
        await using var test = new TestBus(clock: clock);
        using var blocked = new ManualResetEventSlim();
        var door = new Door();
        test.Bus.Subscribe<ArticleCreated>(
            e =>
            {
                _ = door.PassAsync();
                blocked.Wait(TestContext.Current.CancellationToken);
            },
            new() { TimeLimit = TimeSpan.FromSeconds(5) });

        var publishing = test.Bus.PublishAsync(new ArticleCreated(1, 0)).AsTask();
        await door.ArrivedAsync();
        clock.Advance(TimeSpan.FromSeconds(5));
        await publishing;
        blocked.Set();

        test.Log.Of(1100).Count.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Background_ThePublisher_DoesNotWait()
    {
        await using var test = new TestBus();
        var door = new Door();
        test.Bus.Subscribe<ArticleCreated>(_ => door.PassAsync(), new() { Background = true });

        await test.Bus.PublishAsync(new ArticleCreated(1, 0));
        await door.ArrivedAsync();

        door.Open();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Background_Events_AreHandledInOrderOneByOne()
    {
        await using var test = new TestBus();
        var done = new TaskCompletionSource();
        test.Bus.Subscribe<ArticleCreated>(
            async e =>
            {
                await Task.Yield();
                _heard.Add(e.ArticleId);
                if (e.ArticleId == 500)
                    done.SetResult();
            },
            new() { Background = true });

        for (var n = 1; n <= 500; n++)
            await test.Bus.PublishAsync(new ArticleCreated(n, 0));
        await done.Task;

        _heard.ShouldBe(Enumerable.Range(1, 500));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Background_AFullQueue_MakesThePublisherWaitForAPlace()
    {
        await using var test = new TestBus();
        var door = new Door();
        test.Bus.Subscribe<ArticleCreated>(_ => door.PassAsync(), new() { Background = true, QueueCapacity = 2 });
        await test.Bus.PublishAsync(new ArticleCreated(1, 0));
        await door.ArrivedAsync();

        await test.Bus.PublishAsync(new ArticleCreated(2, 0));
        await test.Bus.PublishAsync(new ArticleCreated(3, 0));
        var fourth = test.Bus.PublishAsync(new ArticleCreated(4, 0)).AsTask();

        fourth.IsCompleted.ShouldBeFalse();
        door.Open();
        await fourth;
    }

    [Fact(Timeout = HangLimit)]
    public async Task Background_AFullQueue_CanBeLeftByCancelling()
    {
        await using var test = new TestBus();
        using var cancelled = new CancellationTokenSource();
        var door = new Door();
        test.Bus.Subscribe<ArticleCreated>(_ => door.PassAsync(), new() { Background = true, QueueCapacity = 1 });
        await test.Bus.PublishAsync(new ArticleCreated(1, 0));
        await door.ArrivedAsync();
        await test.Bus.PublishAsync(new ArticleCreated(2, 0));

        var third = test.Bus.PublishAsync(new ArticleCreated(3, 0), cancelled.Token).AsTask();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => third);
        door.Open();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Background_ASubscriberThatFillsItsOwnQueue_FailsWithTheWayOutAndGoesOn()
    {
        await using var test = new TestBus();
        var done = new TaskCompletionSource();
        test.Bus.Subscribe<ArticleCreated>(
            async e =>
            {
                if (e.ArticleId == 1)
                {
                    await test.Bus.PublishAsync(new ArticleCreated(2, 0));
                    await test.Bus.PublishAsync(new ArticleCreated(3, 0));
                }
                else
                {
                    done.SetResult();
                }
            },
            new() { Name = "echo", Background = true, QueueCapacity = 1 });

        await test.Bus.PublishAsync(new ArticleCreated(1, 0));
        await done.Task;

        test.Log.Of(1100).ShouldHaveSingleItem().Error!.Message.ShouldContain("echo publishes ArticleCreated while it handles an event, its queue is full");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Background_ASubscriptionThatEnds_StillHandlesWhatWasPublished()
    {
        await using var test = new TestBus();
        var door = new Door();
        var done = new TaskCompletionSource();
        var subscription = test.Bus.Subscribe<ArticleCreated>(
            async e =>
            {
                await door.PassAsync();
                if (e.ArticleId == 2)
                    done.SetResult();
            },
            new() { Background = true });
        await test.Bus.PublishAsync(new ArticleCreated(1, 0));
        await test.Bus.PublishAsync(new ArticleCreated(2, 0));

        subscription.Dispose();
        door.Open();

        await done.Task;
    }

    [Fact(Timeout = HangLimit)]
    public async Task Background_MaxConcurrency_IsHowManyAtOnce()
    {
        await using var test = new TestBus();
        var door = new Door();
        test.Bus.Subscribe<ArticleCreated>(_ => door.PassAsync(), new() { Background = true, MaxConcurrency = 2 });

        for (var n = 1; n <= 6; n++)
            await test.Bus.PublishAsync(new ArticleCreated(n, 0));
        await door.ArrivedAsync();
        await door.ArrivedAsync();
        door.Open();
        await test.StopAsync();

        door.MostWithin.ShouldBe(2);
    }
}
