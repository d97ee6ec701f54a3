using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Marks of messages that were handled out of their turn.</summary>
public abstract class MarkConformance(IStoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task Get_NoMarks_ReturnsNothing() => (await GetAsync()).ShouldBeEmpty();

    [Fact]
    public async Task Get_Marks_AreOrderedByPositionAndMethod()
    {
        await CommitAsync(Commits.Mark(new("handler", "B", 10), new HandledMark("handler", "A", 10)));
        await CommitAsync(Commits.Mark(new HandledMark("handler", "C", 9)));

        (await GetAsync()).ShouldBe([new("handler", "C", 9), new("handler", "A", 10), new("handler", "B", 10)]);
    }

    [Theory]
    [InlineData(0, long.MaxValue, new long[] { 1, 2, 3, 4 })]
    [InlineData(1, 3, new long[] { 2, 3 })]
    [InlineData(3, 3, new long[0])]
    [InlineData(4, 9, new long[0])]
    [InlineData(3, 1, new long[0])]
    public async Task Get_AfterAndUpTo_ReturnsWhatLiesBetween(long after, long upTo, long[] expected)
    {
        for (var position = 4; position >= 1; position--)
            await CommitAsync(Commits.Mark(new HandledMark("handler", "Handle", position)));

        (await GetAsync(after: after, upTo: upTo)).Select(m => m.GlobalPosition).ShouldBe(expected);
    }

    [Fact]
    public async Task Get_Handler_ReturnsNothingOfTheOthers()
    {
        await CommitAsync(Commits.Mark(new("handler", "Handle", 1), new("Handler", "Handle", 2), new HandledMark("handler2", "Handle", 3)));

        (await GetAsync()).ShouldHaveSingleItem().GlobalPosition.ShouldBe(1);
    }

    [Fact]
    public async Task Mark_MarkThatIsThere_IsRefused()
    {
        await CommitAsync(Commits.Mark(new HandledMark("handler", "Handle", 7)));

        var error = await RefusedAsync<DuplicateKeyException>(Commits.Mark(new("handler", "Handle", 8), new HandledMark("handler", "Handle", 7)));

        error.Scope.ShouldBe("handler");
        error.Key.ShouldBe("Handle@7");
        (await GetAsync()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Mark_OneMessageByTwoMethodsAndTwoHandlers_IsTaken()
    {
        await CommitAsync(Commits.Mark(new("handler", "Handle", 7), new("handler", "Other", 7), new HandledMark("other", "Handle", 7)));

        (await GetAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Mark_ManyAtOnce_ExactlyOneIsTaken()
    {
        var errors = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(
            () => OutcomeAsync(Commits.Mark(new HandledMark("handler", "Handle", 7))), Cancellation)));

        errors.Count(e => e is null).ShouldBe(1);
        errors.Count(e => e is DuplicateKeyException).ShouldBe(15);
    }

    [Fact]
    public async Task Purge_UpToAPosition_ForgetsThoseOfTheHandler()
    {
        await CommitAsync(Commits.Mark(new("handler", "A", 1), new("handler", "A", 2), new("handler", "A", 3), new HandledMark("other", "A", 1)));

        await Store.PurgeMarksAsync("handler", 2, Cancellation);

        (await GetAsync()).ShouldHaveSingleItem().GlobalPosition.ShouldBe(3);
        (await GetAsync("other")).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(1, "A")]
    [InlineData(2, "A")]
    [InlineData(2, "B")]
    public async Task Mark_AtOrBelowWhereTheHandlerWasPurged_IsRefusedAsHandled(long position, string method)
    {
        await CommitAsync(Commits.Mark(new HandledMark("handler", "A", 2)));
        await Store.PurgeMarksAsync("handler", 2, Cancellation);

        var error = await RefusedAsync<DuplicateKeyException>(Commits.Mark(new HandledMark("handler", method, position)));

        error.Message.ShouldContain("handled already");
        error.Scope.ShouldBe("handler");
        error.Key.ShouldBe($"{method}@{position}");
        (await GetAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("handler", 3)]
    [InlineData("other", 1)]
    public async Task Mark_AboveWhereTheHandlerWasPurgedOrOfAnother_IsTaken(string handler, long position)
    {
        await Store.PurgeMarksAsync("handler", 2, Cancellation);

        await CommitAsync(Commits.Mark(new HandledMark(handler, "A", position)));

        (await GetAsync(handler)).ShouldHaveSingleItem().GlobalPosition.ShouldBe(position);
    }

    [Fact]
    public async Task Purge_LowerThanBefore_LeavesTheFloor()
    {
        await Store.PurgeMarksAsync("handler", 5, Cancellation);
        await Store.PurgeMarksAsync("handler", 2, Cancellation);

        await RefusedAsync<DuplicateKeyException>(Commits.Mark(new HandledMark("handler", "A", 5)));
    }

    [Fact]
    public async Task Purge_HandlerWithoutMarks_IsHarmless()
    {
        await Store.PurgeMarksAsync("nobody", 5, Cancellation);

        (await GetAsync("nobody")).ShouldBeEmpty();
    }

    [Fact]
    public async Task PurgeOfACommit_TakesTheRangeOfTheHandlerAndLeavesNoFloor()
    {
        await CommitAsync(Commits.Mark(new("handler", "A", 1), new("handler", "A", 2), new("handler", "B", 2), new("handler", "A", 3), new("other", "A", 2)));

        await CommitAsync(new() { MarkPurges = [new("handler", 1, 2)] });

        (await GetAsync()).Select(m => m.GlobalPosition).ShouldBe([1L, 3]);
        (await GetAsync("other")).ShouldHaveSingleItem();
        await CommitAsync(Commits.Mark(new HandledMark("handler", "A", 2)));
    }

    [Fact]
    public async Task PurgeOfACommit_ComesBeforeItsMarks()
    {
        await CommitAsync(Commits.Mark(new HandledMark("handler", "A", 1)));

        await CommitAsync(new() { MarkPurges = [new("handler")], Marks = [new("handler", "A", 1)] });

        (await GetAsync()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task PurgeOfACommit_ThatIsRefused_TakesNothing()
    {
        await CommitAsync(Commits.Mark(new HandledMark("handler", "A", 1), new HandledMark("other", "A", 1)));

        await RefusedAsync<DuplicateKeyException>(new() { MarkPurges = [new("handler")], Marks = [new("other", "A", 1)] });

        (await GetAsync()).ShouldHaveSingleItem();
    }

    private async Task<IReadOnlyList<HandledMark>> GetAsync(string handler = "handler", long after = 0, long upTo = long.MaxValue) =>
        await Store.GetMarksAsync(handler, after, upTo, Cancellation);
}
