using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance.Scenarios;

/// <summary>Holes in the log, seen through a domain.</summary>
public abstract class ScenarioDConformance(IScenarioHarness harness) : ScenarioConformance(harness)
{
    [Fact]
    public async Task Scenario_D30_AFreshCursor_BeginsWithTheFirstEvent()
    {
        await using var library = Open();
        await library.Repository<Loan>().SaveAsync(Loan.Begin("1"), Cancellation);
        await library.ExtendAsync("1", 2);

        (await library.LogAsync()).Select(m => m.GlobalPosition).ShouldBe([1L, 2, 3]);
    }

    [Fact]
    public async Task Scenario_D31_ARefusedUnitBetween_HoldsUpNobody()
    {
        await using var library = Open();
        var shelves = library.Repository<Shelf>();
        await shelves.SaveAsync(Filled("1", "same"), Cancellation);

        await Assert.ThrowsAsync<DuplicateValueException>(async () => await shelves.SaveAsync(Filled("2", "same"), Cancellation));
        await shelves.SaveAsync(Filled("3", "other"), Cancellation);

        var page = await library.Store.ReadLogAsync(new() { After = 0, MaxCount = 10 }, Cancellation);
        page.Messages.Select(m => m.Stream.Id.ToString()).ShouldBe(["1", "3"]);
        page.ScannedTo.ShouldBe(page.Head);
    }

    [Fact]
    public async Task Scenario_D33_ACheckpointInARefusedCommit_StaysWhereItWas()
    {
        await using var library = Open();
        await library.Repository<Loan>().SaveAsync(Loan.Begin("1"), Cancellation);
        var key = new CheckpointKey("handler");
        await library.Store.CommitAsync(new() { Checkpoints = [new(key, 0, 1, 0)] }, Cancellation);

        await Assert.ThrowsAsync<ConcurrencyException>(async () => await library.Store.CommitAsync(
            new()
            {
                Checkpoints = [new(key, 1, 2, 0)],
                Documents = [new() { Collection = "library::shelf", Key = "none", ExpectedVersion = 7, Version = 8, Body = "{}"u8.ToArray() }],
            },
            Cancellation));

        (await library.Store.GetCheckpointAsync(key, Cancellation))!.Position.ShouldBe(1);
    }

    [Fact]
    public async Task Scenario_D35_ManyRecordedCommandsBetweenEvents_AreScannedOverInOneRead()
    {
        await using var library = Open();
        for (var n = 0; n < 120; n++)
            await library.ProcessAsync(new Lend($"{n}"), Cancellation);

        var page = await library.Store.ReadLogAsync(new() { After = 0, MaxCount = 200, Kinds = MessageKind.Event }, Cancellation);

        page.Messages.Count.ShouldBe(120);
        page.ScannedTo.ShouldBe(240);
    }

    private static Shelf Filled(string id, string label)
    {
        var shelf = Shelf.Make(id, label);
        shelf.Fill(1);
        return shelf;
    }
}
