using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Moving checkpoints, and who may not.</summary>
public abstract class CheckpointConformance(IStoreHarness harness) : StoreConformance(harness)
{
    private static readonly CheckpointKey Key = new("handler");

    [Fact]
    public async Task Get_CheckpointThatIsNotThere_ReturnsNothing() => (await CheckpointAsync(Key)).ShouldBeNull();

    [Fact]
    public async Task Move_CheckpointThatIsNotThere_MakesIt()
    {
        await CommitAsync(Commits.Move(Key, 0, 5, data: "x"));

        (await CheckpointAsync(Key)).ShouldBe(new Checkpoint(Key, 5, 0, null, OwnerAlive: false, "x"));
    }

    [Fact]
    public async Task Move_FromWhereItStands_MovesIt()
    {
        await CommitAsync(Commits.Move(Key, 0, 5));

        await CommitAsync(Commits.Move(Key, 5, 9));

        (await CheckpointAsync(Key)).ShouldNotBeNull().Position.ShouldBe(9);
    }

    [Fact]
    public async Task Move_Back_MovesIt()
    {
        await CommitAsync(Commits.Move(Key, 0, 5));

        await CommitAsync(Commits.Move(Key, 5, 0));

        (await CheckpointAsync(Key)).ShouldNotBeNull().Position.ShouldBe(0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(6)]
    public async Task Move_FromElsewhere_IsRefused(long expected)
    {
        await CommitAsync(Commits.Move(Key, 0, 5));

        var error = await RefusedAsync<CheckpointLostException>(Commits.Move(Key, expected, 9));

        error.Key.ShouldBe(Key);
        error.Message.ShouldContain("handler");
        (await CheckpointAsync(Key)).ShouldNotBeNull().Position.ShouldBe(5);
    }

    [Fact]
    public async Task Move_CheckpointThatIsNotThereFromElsewhere_IsRefused()
    {
        await RefusedAsync<CheckpointLostException>(Commits.Move(Key, 3, 9));

        (await CheckpointAsync(Key)).ShouldBeNull();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Move_UnderAnotherEpoch_IsRefused(long epoch)
    {
        await CommitAsync(Commits.Lease(Key, 0, "a"));
        await CommitAsync(Commits.Lease(Key, 1, "a"));

        var error = await RefusedAsync<CheckpointLostException>(Commits.Move(Key, 0, 5, epoch));

        error.Key.ShouldBe(Key);
        (await CheckpointAsync(Key)).ShouldNotBeNull().Position.ShouldBe(0);
    }

    [Fact]
    public async Task Move_CheckpointThatIsNotThereUnderAnEpoch_IsRefused() =>
        await RefusedAsync<CheckpointLostException>(Commits.Move(Key, 0, 5, epoch: 1));

    [Fact]
    public async Task Move_UnderItsEpoch_KeepsEpochAndOwner()
    {
        await CommitAsync(Commits.Lease(Key, 0, "a"));

        await CommitAsync(Commits.Move(Key, 0, 5, epoch: 1));

        (await CheckpointAsync(Key)).ShouldBe(new Checkpoint(Key, 5, 1, "a", OwnerAlive: false, null));
    }

    [Fact]
    public async Task Move_ByAnOwnerWhoseTimeHasRunOut_IsTakenWhileNobodyElseHasIt()
    {
        await Store.HeartbeatAsync(new("a", TimeSpan.FromMilliseconds(50)), Cancellation);
        await CommitAsync(Commits.Lease(Key, 0, "a"));
        await AdvanceClockAsync(TimeSpan.FromMilliseconds(100));

        await CommitAsync(Commits.Move(Key, 0, 5, epoch: 1));

        (await CheckpointAsync(Key)).ShouldNotBeNull().Position.ShouldBe(5);
    }

    [Fact]
    public async Task Move_ByAnOwnerThatWasReplaced_IsRefused()
    {
        await CommitAsync(Commits.Lease(Key, 0, "a"));
        await CommitAsync(Commits.Move(Key, 0, 5, epoch: 1));
        await CommitAsync(Commits.Lease(Key, 1, "b", force: true));

        await RefusedAsync<CheckpointLostException>(Commits.Move(Key, 5, 9, epoch: 1));
        await CommitAsync(Commits.Move(Key, 5, 8, epoch: 2));

        (await CheckpointAsync(Key)).ShouldNotBeNull().Position.ShouldBe(8);
    }

    [Fact]
    public async Task Assert_WhereItStands_LetsTheCommitPass()
    {
        await CommitAsync(Commits.Move(Key, 0, 5));

        await CommitAsync(new() { Checkpoints = [new(Key, 5, 5, 0)], Documents = [Sample.Document("a")] });

        (await LoadAsync("a")).ShouldNotBeNull();
        (await CheckpointAsync(Key)).ShouldNotBeNull().Position.ShouldBe(5);
    }

    [Fact]
    public async Task Assert_WhereItDoesNotStand_RefusesTheCommit()
    {
        await CommitAsync(Commits.Move(Key, 0, 5));

        await RefusedAsync<CheckpointLostException>(new() { Checkpoints = [new(Key, 4, 4, 0)], Documents = [Sample.Document("a")] });

        (await LoadAsync("a")).ShouldBeNull();
    }

    [Fact]
    public async Task Move_WithoutData_LeavesItAsItIs()
    {
        await CommitAsync(Commits.Move(Key, 0, 5, data: "x"));
        await CommitAsync(Commits.Move(Key, 5, 6));
        (await CheckpointAsync(Key)).ShouldNotBeNull().Data.ShouldBe("x");

        await CommitAsync(Commits.Move(Key, 6, 6, data: "y"));
        (await CheckpointAsync(Key)).ShouldNotBeNull().Data.ShouldBe("y");
    }

    [Fact]
    public async Task Remove_FromWhereItStands_RemovesIt()
    {
        await CommitAsync(Commits.Lease(Key, 0, "a"));
        await CommitAsync(Commits.Move(Key, 0, 5, epoch: 1));

        await CommitAsync(Commits.Remove(Key, 5, epoch: 1));

        (await CheckpointAsync(Key)).ShouldBeNull();
        await CommitAsync(Commits.Move(Key, 0, 2));
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(5, 0)]
    public async Task Remove_FromElsewhereOrUnderAnotherEpoch_IsRefused(long position, long epoch)
    {
        await CommitAsync(Commits.Lease(Key, 0, "a"));
        await CommitAsync(Commits.Move(Key, 0, 5, epoch: 1));

        await RefusedAsync<CheckpointLostException>(Commits.Remove(Key, position, epoch));

        (await CheckpointAsync(Key)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Move_SeveralInACommit_AllMoveOrNone()
    {
        var other = new CheckpointKey("handler", 1);
        await CommitAsync(new() { Checkpoints = [new(Key, 0, 1, 0), new(other, 0, 2, 0)] });

        await RefusedAsync<CheckpointLostException>(new() { Checkpoints = [new(Key, 1, 5, 0), new(other, 1, 5, 0)] });

        (await CheckpointAsync(Key)).ShouldNotBeNull().Position.ShouldBe(1);
        (await CheckpointAsync(other)).ShouldNotBeNull().Position.ShouldBe(2);
    }

    [Fact]
    public async Task List_All_AreOrderedByNameAndPartition()
    {
        CheckpointKey[] keys = [new("b", 10), new("b", 2), new("a"), new("b", -1), new("B")];
        foreach (var key in keys)
            await CommitAsync(Commits.Move(key, 0, 1));

        var all = await Store.ListCheckpointsAsync(null, Cancellation);
        var ofOneName = await Store.ListCheckpointsAsync("b", Cancellation);

        all.Select(c => c.Key).ShouldBe([new("B"), new("a"), new("b", -1), new("b", 2), new("b", 10)]);
        ofOneName.Select(c => c.Key.Partition).ShouldBe([-1, 2, 10]);
        (await Store.ListCheckpointsAsync("c", Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Move_ManyAtOnceFromOnePosition_ExactlyOneIsTaken()
    {
        var errors = await Task.WhenAll(Enumerable.Range(1, 16).Select(n => Task.Run(
            () => OutcomeAsync(Commits.Move(Key, 0, n)), Cancellation)));

        errors.Count(e => e is null).ShouldBe(1);
        errors.Count(e => e is CheckpointLostException).ShouldBe(15);
    }
}
