using System.Collections.Concurrent;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Order is commit order, also while many write and many read.</summary>
public abstract class GlobalOrderConformance(IStoreHarness harness) : StoreConformance(harness)
{
    private const int Writers = 8;
    private const int CommitsOfEach = 60;
    private const int Followers = 3;

    [Fact(Timeout = HangLimit)]
    public async Task Follow_WhileManyWriteAndSomeAreRefused_EachMessageIsSeenOnceAndInOrder()
    {
        await AppendAsync(Sample.StreamOf("taken"), 1);
        var last = Guid.CreateVersion7();
        var followers = Enumerable.Range(0, Followers).Select(n => FollowOnItsOwnThreadAsync(last, n)).ToArray();

        var results = await WriteConcurrentlyAsync();
        await AppendAsync(Sample.StreamOf("last"), Sample.Message() with { Id = last });

        var written = results.SelectMany(r => Positions(r.Result, r.Count)).Order().ToArray();
        foreach (var seen in await Task.WhenAll(followers))
        {
            seen.ShouldBe(seen.Order());
            seen.Skip(1).SkipLast(1).ShouldBe(written);
        }
    }

    [Fact(Timeout = HangLimit)]
    public async Task Follow_CategoriesInPartitionsWhileManyWrite_SeesTheSameAsAReadAfterwards()
    {
        var last = Guid.CreateVersion7();
        var lastStream = Sample.StreamOf("last");
        var filter = new LogRead
        {
            After = 0,
            MaxCount = 50,
            Categories = [Sample.Category, "shop::user"],
            Partition = new(StreamName.StableHash(lastStream.Value) % 2, 2),
        };
        var follower = Task.Run(() => FollowAsync(last, filter), Cancellation);

        await WriteConcurrentlyAsync();
        await AppendAsync(lastStream, Sample.Message() with { Id = last });

        (await follower).ShouldBe((await ReadLogAsync(filter with { MaxCount = Everything })).Messages.Select(m => m.GlobalPosition));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_ManyAtOnce_EachFollowsTheOneBefore()
    {
        var results = await WriteConcurrentlyAsync();

        var inOrder = results.Select(r => r.Result).OrderBy(r => r.FirstPosition).ToArray();
        inOrder[0].HeadBefore.ShouldBeGreaterThanOrEqualTo(0);
        inOrder.Zip(inOrder.Skip(1)).ShouldAllBe(pair => pair.Second.HeadBefore >= pair.First.Head && pair.Second.FirstPosition > pair.Second.HeadBefore);
        (await HeadAsync()).ShouldBe(inOrder[^1].Head);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_ManyAtOnce_MessagesOfOneCommitStandTogether()
    {
        var results = await WriteConcurrentlyAsync();

        var log = (await ReadLogAsync()).Messages.ToDictionary(m => m.GlobalPosition, m => m.Metadata.CorrelationId);
        foreach (var (result, count) in results)
            Positions(result, count).Select(p => log[p]).Distinct().ShouldHaveSingleItem();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Read_WhatACommitReturned_IsVisibleAtOnce()
    {
        var missing = new ConcurrentBag<long>();

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(
            async () =>
            {
                for (var n = 0; n < CommitsOfEach; n++)
                {
                    var result = await AppendAsync(Sample.StreamOf($"{writer}"), 1);
                    var page = await ReadLogAsync(new() { After = result.FirstPosition - 1, MaxCount = 1 });
                    if (page.Head < result.Head || page.Messages[0].GlobalPosition != result.FirstPosition || await HeadAsync() < result.Head)
                        missing.Add(result.FirstPosition);
                }
            },
            Cancellation)));

        missing.ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Read_WhileManyWrite_NeverSeesHalfACommit()
    {
        var writing = WriteConcurrentlyAsync();

        do
        {
            foreach (var commit in (await ReadLogAsync()).Messages.GroupBy(m => m.Metadata.CorrelationId))
                commit.Count().ShouldBe(int.Parse(commit.Key.Split('/')[2], System.Globalization.CultureInfo.InvariantCulture));
        }
        while (!writing.IsCompleted);

        (await ReadLogAsync()).Messages.Count.ShouldBe((await writing).Sum(r => r.Count));
    }

    private static IEnumerable<long> Positions(CommitResult result, int count) =>
        Enumerable.Range(0, count).Select(n => result.FirstPosition + n);

    /// <summary>Commits of one to three messages to one or two streams, every fourth of which is in conflict.</summary>
    private async Task<(CommitResult Result, int Count)[]> WriteConcurrentlyAsync()
    {
        await CommitAsync(Commits.Move(new("taken"), 0, 1));
        var results = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer), Cancellation)));
        return results.SelectMany(r => r).ToArray();
    }

    private async Task<List<(CommitResult Result, int Count)>> WriteAsync(int writer)
    {
        var results = new List<(CommitResult, int)>();
        for (var n = 0; n < CommitsOfEach; n++)
        {
            // A store that completes synchronously would otherwise be done before any reader gets a thread.
            await Task.Yield();
            var metadata = new MessageMetadata { CorrelationId = $"{writer}/{n}/{2 + (n % 3)}" };
            var messages = Enumerable.Range(0, 1 + (n % 3)).Select(_ => Sample.Message(metadata: metadata)).ToArray();
            var append = new StreamAppend(Sample.StreamOf($"{writer}-{n % 2}"), ExpectedVersion.Any, messages);
            var other = new StreamAppend(Sample.StreamOf($"{writer}", "shop::user"), ExpectedVersion.Any, [Sample.Message(metadata: metadata)]);
            var commit = new Commit { Appends = [append, other], Checkpoints = n % 4 == 3 ? [new(new("taken"), 0, 2, 0)] : [] };
            if (n % 4 == 3)
                await RefusedAsync<CheckpointLostException>(commit);
            else
                results.Add((await CommitAsync(commit), messages.Length + 1));
        }

        return results;
    }

    /// <summary>The first follower never waits, so that as many of its reads as possible fall between the steps of a commit.</summary>
    private Task<List<long>> FollowOnItsOwnThreadAsync(Guid last, int follower) => Task.Factory.StartNew(
        () => FollowAsync(last, new LogRead { After = 0, MaxCount = follower == 0 ? Everything : follower * 7 }, waits: follower > 0),
        Cancellation,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default).Unwrap();

    private async Task<List<long>> FollowAsync(Guid last, LogRead read, bool waits = true)
    {
        var seen = new List<long>();
        while (true)
        {
            var page = await ReadLogAsync(read);
            seen.AddRange(page.Messages.Select(m => m.GlobalPosition));
            if (page.Messages.Any(m => m.Id == last))
                return seen;
            Cancellation.ThrowIfCancellationRequested();
            page.Head.ShouldBeGreaterThanOrEqualTo(page.ScannedTo);
            read = read with { After = page.ScannedTo };
            if (waits && page.ScannedTo >= page.Head)
                await Store.WaitForAppendAsync(page.ScannedTo, Cancellation);
        }
    }
}
