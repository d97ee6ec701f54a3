using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Who owns a checkpoint, and who is alive.</summary>
public abstract class LeaseConformance(IStoreHarness harness) : StoreConformance(harness)
{
    private static readonly CheckpointKey Key = new("handler", 2);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongerThanShort = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task Take_CheckpointThatIsNotThere_MakesItAtTheStart()
    {
        await CommitAsync(Commits.Lease(Key, 0, "a", data: "x"));

        (await CheckpointAsync(Key)).ShouldBe(new Checkpoint(Key, 0, 1, "a", OwnerAlive: false, "x"));
    }

    [Fact]
    public async Task Take_CheckpointThatIsThere_KeepsPositionAndData()
    {
        await CommitAsync(Commits.Move(Key, 0, 5, data: "x"));

        await CommitAsync(Commits.Lease(Key, 0, "a"));

        (await CheckpointAsync(Key)).ShouldBe(new Checkpoint(Key, 5, 1, "a", OwnerAlive: false, "x"));
    }

    [Fact]
    public async Task Take_ACheckpointThatWasRemovedAndMadeAnew_FencesWhoHeldItBefore()
    {
        await CommitAsync(Commits.Lease(Key, 0, "zombie"));
        await CommitAsync(new() { Checkpoints = [new(Key, 0, 0, Epoch: 1, Remove: true)] });
        await CommitAsync(Commits.Lease(Key, 0, "b"));

        var error = await RefusedAsync<CheckpointLostException>(new() { Checkpoints = [new(Key, 0, 7, Epoch: 1)] });

        error.Key.ShouldBe(Key);
        (await CheckpointAsync(Key)).ShouldNotBeNull().Epoch.ShouldBe(2);
    }

    [Fact]
    public async Task Take_WithData_ReplacesIt()
    {
        await CommitAsync(Commits.Lease(Key, 0, "a", data: "x"));

        await CommitAsync(Commits.Lease(Key, 1, "a", data: "y"));

        (await CheckpointAsync(Key)).ShouldNotBeNull().Data.ShouldBe("y");
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(2, false)]
    [InlineData(0, true)]
    [InlineData(2, true)]
    public async Task Take_UnderAnotherEpoch_IsRefused(long expectedEpoch, bool force)
    {
        await CommitAsync(Commits.Lease(Key, 0, "a"));

        var error = await RefusedAsync<CheckpointLostException>(Commits.Lease(Key, expectedEpoch, "b", force));

        error.Key.ShouldBe(Key);
        (await CheckpointAsync(Key)).ShouldNotBeNull().Owner.ShouldBe("a");
    }

    [Fact]
    public async Task Take_CheckpointThatIsNotThereUnderAnEpoch_IsRefused()
    {
        await RefusedAsync<CheckpointLostException>(Commits.Lease(Key, 1, "a"));

        (await CheckpointAsync(Key)).ShouldBeNull();
    }

    [Fact]
    public async Task Take_FromAnOwnerThatIsAlive_IsRefused()
    {
        await OwnAsync("a", Long);

        var error = await RefusedAsync<CheckpointLostException>(Commits.Lease(Key, 1, "b"));

        error.Message.ShouldContain("'a'");
        (await CheckpointAsync(Key)).ShouldBe(new Checkpoint(Key, 0, 1, "a", OwnerAlive: true, null));
    }

    [Fact]
    public async Task Take_ByForceFromAnOwnerThatIsAlive_IsTaken()
    {
        await OwnAsync("a", Long);

        await CommitAsync(Commits.Lease(Key, 1, "b", force: true));

        (await CheckpointAsync(Key)).ShouldBe(new Checkpoint(Key, 0, 2, "b", OwnerAlive: false, null));
    }

    [Fact]
    public async Task Take_AgainByItsOwner_ChangesTheEpoch()
    {
        await OwnAsync("a", Long);

        await CommitAsync(Commits.Lease(Key, 1, "a"));

        (await CheckpointAsync(Key)).ShouldNotBeNull().Epoch.ShouldBe(2);
        await RefusedAsync<CheckpointLostException>(Commits.Move(Key, 0, 1, epoch: 1));
    }

    [Fact]
    public async Task Take_FromAnOwnerWhoseTimeHasRunOut_IsTaken()
    {
        await OwnAsync("a", Short);
        await AdvanceClockAsync(LongerThanShort);
        (await CheckpointAsync(Key)).ShouldNotBeNull().OwnerAlive.ShouldBeFalse();

        await CommitAsync(Commits.Lease(Key, 1, "b"));

        (await CheckpointAsync(Key)).ShouldNotBeNull().Owner.ShouldBe("b");
    }

    [Fact]
    public async Task Take_FromAnOwnerThatHasSignedOff_IsTaken()
    {
        await OwnAsync("a", Long);
        await Store.HeartbeatAsync(new("a", TimeSpan.Zero), Cancellation);

        await CommitAsync(Commits.Lease(Key, 1, "b"));

        (await CheckpointAsync(Key)).ShouldNotBeNull().Owner.ShouldBe("b");
    }

    [Fact]
    public async Task Take_FromAnOwnerNobodyHasHeardOf_IsTaken()
    {
        await CommitAsync(Commits.Lease(Key, 0, "a"));

        await CommitAsync(Commits.Lease(Key, 1, "b"));

        (await CheckpointAsync(Key)).ShouldNotBeNull().Owner.ShouldBe("b");
    }

    [Fact]
    public async Task Take_FromAnOwnerThatWasHeardAgain_IsRefused()
    {
        await OwnAsync("a", Short);
        await AdvanceClockAsync(LongerThanShort);
        await Store.HeartbeatAsync(new("a", Long), Cancellation);

        await RefusedAsync<CheckpointLostException>(Commits.Lease(Key, 1, "b"));
    }

    [Fact]
    public async Task Release_WhileItsOwnerIsAlive_IsFree()
    {
        await OwnAsync("a", Long);

        await CommitAsync(Commits.Lease(Key, 1, null));

        (await CheckpointAsync(Key)).ShouldBe(new Checkpoint(Key, 0, 2, null, OwnerAlive: false, null));
        await CommitAsync(Commits.Lease(Key, 2, "b"));
    }

    [Fact]
    public async Task Release_UnderAnotherEpoch_IsRefused()
    {
        await OwnAsync("a", Long);

        await RefusedAsync<CheckpointLostException>(Commits.Lease(Key, 0, null));

        (await CheckpointAsync(Key)).ShouldNotBeNull().Owner.ShouldBe("a");
    }

    [Fact]
    public async Task Take_OnePartition_LeavesTheOthers()
    {
        await OwnAsync("a", Long);

        await CommitAsync(Commits.Lease(new("handler", 3), 0, "b"));

        (await CheckpointAsync(Key)).ShouldNotBeNull().Owner.ShouldBe("a");
    }

    [Fact]
    public async Task TakeAndMove_InOneCommit_MovesUnderTheNewEpoch()
    {
        await CommitAsync(new() { Leases = [new(Key, 0, "a")], Checkpoints = [new(Key, 0, 7, 1)] });

        (await CheckpointAsync(Key)).ShouldBe(new Checkpoint(Key, 7, 1, "a", OwnerAlive: false, null));
    }

    [Fact]
    public async Task TakeAndMove_UnderTheOldEpoch_IsRefusedAsAWhole()
    {
        await RefusedAsync<CheckpointLostException>(new() { Leases = [new(Key, 0, "a")], Checkpoints = [new(Key, 0, 7, 0)] });

        (await CheckpointAsync(Key)).ShouldBeNull();
    }

    [Fact]
    public async Task Take_ManyAtOnce_ExactlyOneIsTaken()
    {
        var errors = await Task.WhenAll(Enumerable.Range(0, 16).Select(n => Task.Run(
            () => OutcomeAsync(Commits.Lease(Key, 0, $"node{n}")), Cancellation)));

        errors.Count(e => e is null).ShouldBe(1);
        (await CheckpointAsync(Key)).ShouldNotBeNull().Epoch.ShouldBe(1);
    }

    [Fact]
    public async Task List_Checkpoints_SaysWhoseOwnerIsAlive()
    {
        await OwnAsync("a", Long);
        await CommitAsync(Commits.Lease(new("handler", 3), 0, "b"));

        (await Store.ListCheckpointsAsync("handler", Cancellation)).Select(c => c.OwnerAlive).ShouldBe([true, false]);
    }

    [Fact]
    public async Task Heartbeat_SeveralNodes_ReturnsThemByNameWithWhatTheyTell()
    {
        await Store.HeartbeatAsync(new("b", Long, "data of b"), Cancellation);
        await Store.HeartbeatAsync(new("B", Long), Cancellation);

        var nodes = await Store.HeartbeatAsync(new("a", Long, "data of a"), Cancellation);

        nodes.Select(n => (n.Node, n.Alive, n.Data)).ShouldBe([("B", true, null), ("a", true, "data of a"), ("b", true, "data of b")]);
    }

    [Fact]
    public async Task Heartbeat_Again_ReplacesTheFormerOne()
    {
        var first = (await Store.HeartbeatAsync(new("a", Short, "old"), Cancellation)).ShouldHaveSingleItem();

        var second = (await Store.HeartbeatAsync(new("a", Long, "new"), Cancellation)).ShouldHaveSingleItem();

        second.Data.ShouldBe("new");
        second.AliveUntil.ShouldBeGreaterThan(first.AliveUntil);
    }

    [Fact]
    public async Task Heartbeat_WithoutData_ForgetsTheFormerOne()
    {
        await Store.HeartbeatAsync(new("a", Long, "old"), Cancellation);

        (await Store.HeartbeatAsync(new("a", Long), Cancellation)).ShouldHaveSingleItem().Data.ShouldBeNull();
    }

    [Fact]
    public async Task Heartbeat_NodeWhoseTimeHasRunOut_IsStillListedAsDead()
    {
        await Store.HeartbeatAsync(new("a", Short), Cancellation);
        await AdvanceClockAsync(LongerThanShort);

        var nodes = await Store.HeartbeatAsync(new("b", Long), Cancellation);

        nodes.Select(n => (n.Node, n.Alive)).ShouldBe([("a", false), ("b", true)]);
    }

    [Fact]
    public async Task Heartbeat_SigningOff_TakesTheNodeFromTheList()
    {
        await Store.HeartbeatAsync(new("a", Long), Cancellation);
        await Store.HeartbeatAsync(new("b", Long), Cancellation);

        (await Store.HeartbeatAsync(new("a", TimeSpan.Zero), Cancellation)).ShouldHaveSingleItem().Node.ShouldBe("b");
        (await Store.HeartbeatAsync(new("nobody", TimeSpan.Zero), Cancellation)).ShouldHaveSingleItem();
    }

    private async Task OwnAsync(string node, TimeSpan lifetime)
    {
        await Store.HeartbeatAsync(new(node, lifetime), Cancellation);
        await CommitAsync(Commits.Lease(Key, 0, node));
    }
}
