using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Writing;

/// <summary>The connection is lost at some step of a commit: the caller hears the truth, and nothing is written twice.</summary>
public sealed class CutCommitTests(ConformanceDatabase database) : ProxiedTests(database)
{
    private const int Before = 2;

    public static TheoryData<Cut, Shape> CutsAndShapes =>
        new(Enum.GetValues<Cut>().SelectMany(static cut => Enum.GetValues<Shape>().Select(shape => (cut, shape))));

    public static TheoryData<Cut> AllCuts => new(Enum.GetValues<Cut>());

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(CutsAndShapes))]
    public async Task CommitAsync_CutAnywhere_IsWrittenOnceAndAnsweredAsIfNothingHadHappened(Cut cut, Shape shape)
    {
        var store = await OpenProxiedAsync();
        await store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.NoStream, Sample.Messages(Before)), Cancellation);
        var rule = cut.Apply(Proxy);

        var result = await store.CommitAsync(shape.Commit(), Cancellation);

        rule.Met.IsCompleted.ShouldBeTrue();
        (await Sql.StoredAsync(Schema)).ShouldBe(shape.Expected());
        var messages = shape.Expected().Messages;
        var stored = await Sql.ListAsync<long>($"select global_position from {Schema}.messages where global_position > {Before} order by 1");
        (result.FirstPosition, result.Head).ShouldBe(messages == 0 ? (0, Before) : (stored[0], stored[^1]));
        result.HeadBefore.ShouldBeInRange(Before, Math.Max(Before, result.FirstPosition - 1));
        result.StreamPositions.ShouldBe(messages == 0 ? [] : [0L]);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(Shape.Messages)]
    [InlineData(Shape.Mixed)]
    [InlineData(Shape.MixedWithId)]
    public async Task CommitAsync_AnswerLostAfterAConflictThatUsedUpPositions_HearsItsOwn(Shape shape)
    {
        var store = await OpenProxiedAsync();
        await Should.ThrowAsync<ConcurrencyException>(() => store.CommitAsync(Commits.Append(Sample.Stream, 7, Sample.Messages(5)), Cancellation).AsTask());
        var rule = Cut.AnswerLost.Apply(Proxy);

        var result = await store.CommitAsync(shape.Commit(), Cancellation);

        rule.Met.IsCompleted.ShouldBeTrue();
        var stored = await Sql.ListAsync<long>($"select global_position from {Schema}.messages order by 1");
        stored[0].ShouldBeGreaterThan(1, "the conflict has used up positions");
        (result.FirstPosition, result.Head).ShouldBe((stored[0], stored[^1]));
        result.StreamPositions.ShouldBe([0L]);
    }

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(AllCuts))]
    public async Task CommitAsync_CutAnywhereInABatchOfSeveral_EachIsWrittenOnceAndHearsItsPositions(Cut cut)
    {
        const int members = 5;
        var store = await OpenProxiedAsync();
        var rule = cut.Apply(Proxy, number: 2);
        await using var held = await HoldAppendLockAsync();
        var lead = store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.NoStream, Sample.Message()), Cancellation).AsTask();
        await UntilWaitingForLockAsync(1);
        var appends = Enumerable.Range(0, members).Select(n => store.CommitAsync(Commits.Append(Sample.StreamOf($"m{n}"), ExpectedVersion.Any, Sample.Messages(n + 1)), Cancellation).AsTask()).ToArray();
        var move = store.CommitAsync(Commits.Move(Shapes.Handler, 0, 5), Cancellation).AsTask();

        await held.ReleaseAsync();

        await lead;
        await move;
        rule.Met.IsCompleted.ShouldBeTrue();
        for (var n = 0; n < members; n++)
        {
            var result = await appends[n];
            (await Sql.ListAsync<long>($"select global_position from {Schema}.messages where stream = '{Sample.StreamOf($"m{n}")}' order by position"))
                .ShouldBe(Enumerable.Range(0, n + 1).Select(i => result.FirstPosition + i));
        }

        (await Sql.StoredAsync(Schema)).Checkpoints.ShouldBe(1);
    }

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(AllCuts))]
    public async Task CommitAsync_CutAnywhereOfACommitWithUserWork_ToldWhatTheDatabaseHolds(Cut cut)
    {
        await Sql.RunAsync($"create schema if not exists work_{Schema}; create table work_{Schema}.done (x int)");
        var store = await OpenProxiedAsync();
        var rule = cut.Apply(Proxy);
        var commit = Shape.Mixed.Commit();
        var calls = 0;

        var error = await Record.ExceptionAsync(() => store.CommitAsync(
            new()
            {
                Appends = commit.Appends,
                Checkpoints = commit.Checkpoints,
                Documents = commit.Documents,
                Keys = commit.Keys,
                UserWork = [(connection, transaction, _) => UserWork.RunAsync(connection, transaction, $"insert into work_{Schema}.done values ({++calls})")],
            },
            Cancellation).AsTask());

        rule.Met.IsCompleted.ShouldBeTrue();
        // Whoever asks first, the question or the batch's last statements, decides about a batch that arrived whole, or all but its end.
        if (cut >= Cut.AnswerLost)
            error.ShouldBeNull();
        else if (cut < Cut.AllButOneByteSent)
            error.ShouldBeOfType<StoreUnavailableException>();
        var done = error is null;
        (await Sql.StoredAsync(Schema)).ShouldBe(done ? Shape.Mixed.Expected() : default);
        (await Sql.ScalarAsync<long>($"select count(*) from work_{Schema}.done")).ShouldBe(done ? 1 : 0);
        calls.ShouldBe(1);
    }
}
