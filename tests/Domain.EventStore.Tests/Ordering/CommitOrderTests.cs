using FsCheck;
using FsCheck.Fluent;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.EventStore.Worker;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Ordering;

/// <summary>
/// Order is commit order, whoever writes: a follower never meets a position at or below one it has seen, and meets every committed message once.
/// </summary>
public sealed class CommitOrderTests(ConformanceDatabase database) : PostgresTests(database)
{
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(5);

    private static Gen<WriteKind> Kinds => Gen.Frequency(
        (8, Gen.Constant(WriteKind.Plain)),
        (2, Gen.Constant(WriteKind.Large)),
        (4, Gen.Constant(WriteKind.Slow)),
        (2, Gen.Constant(WriteKind.Conflicting)),
        (2, Gen.Constant(WriteKind.RolledBack)),
        (1, Gen.Constant(WriteKind.Silent)));

    [Fact(Timeout = HangLimit)]
    public async Task Followers_AnyMixOfWritersInSeveralStores_MeetEveryMessageOnceAndNoneOutOfOrder()
    {
        const int stores = 3;
        var mixes = Gen.ListOf(Gen.ListOf(Kinds, 12), stores * 4);
        var run = 0;
        await Task.Run(() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(8).WithQuietOnSuccess(true), Prop.ForAll(mixes.ToArbitrary(), mix => HoldsAsync(mix).GetAwaiter().GetResult())));

        async Task HoldsAsync(List<List<WriteKind>> mix)
        {
            var schema = $"{Schema}_r{run++}";
            var opened = await Task.WhenAll(Enumerable.Range(0, stores).Select(_ => OpenAsync(options => (options.Schema, options.PollInterval) = (schema, _poll))));
            await FollowAsync(schema, () => Task.WhenAll(opened.Select((store, n) => Writers.RunAsync(store, $"s{n}", [.. mix.Skip(n * 4).Take(4)]))));
            foreach (var store in opened)
                await store.DisposeAsync();
        }
    }

    [Fact(Timeout = HangLimit)]
    public async Task Followers_WritersInSeveralProcesses_MeetEveryMessageOnceAndNoneOutOfOrder()
    {
        var mixes = Gen.ListOf(Gen.ListOf(Kinds, 60), 4);
        var processes = Enumerable.Range(0, 3).Select(n => WorkerProcess.Start(ConnectionString, Schema, $"p{n}", mixes.Sample(1).First())).ToArray();
        try
        {
            await Task.WhenAll(processes.Select(static process => process.ReadyAsync()));

            await FollowAsync(Schema, () => Task.WhenAll(processes.Select(static process => process.WriteAsync())));
        }
        finally
        {
            foreach (var process in processes)
                process.Dispose();
        }
    }

    private async Task FollowAsync(string schema, Func<Task<IReadOnlyList<Guid>[]>> write)
    {
        var store = await OpenAsync(options => (options.Schema, options.PollInterval) = (schema, _poll));
        using var stop = new CancellationTokenSource();
        var followers = new[] { new Follower(store, 1), new Follower(store, 7), new Follower(store, 1000) };
        var following = Task.WhenAll(followers.Select(follower => Task.Run(() => follower.RunAsync(stop.Token))));

        var written = (await write()).SelectMany(static ids => ids).Order().ToList();
        await stop.CancelAsync();
        await following;

        written.ShouldNotBeEmpty();
        foreach (var follower in followers)
        {
            follower.OutOfOrder.ShouldBeNull();
            follower.Seen.Order().ShouldBe(written);
        }

        await store.DisposeAsync();
    }
}
