using Protean.Benchmarks.Chaos.Histories;
using Protean.Benchmarks.Chaos.Judging;
using Protean.Storage;
using Xunit;

namespace Protean.Benchmarks.Chaos.Tests;

public sealed class JudgementTests
{
    private readonly RecordedRun _run = new();

    private static Attempt Next => new() { Tag = "1.4", Appends = [new("b", 1, [RecordedRun.Id(7), RecordedRun.Id(8)])], Documents = [new("document", 2)] };

    [Fact]
    public void Of_EverythingAsAcknowledged_IsClean() => _run.Judge().ShouldHave();

    [Fact]
    public void Of_AcknowledgedCommitIsNotThere_IsLost()
    {
        _run.Forget(5);
        _run.Forget(6);
        _run.Forget(4);
        _run.Documents.Clear();
        _run.Checkpoints.Clear();
        _run.Keys.Clear();
        _run.Rows.Clear();

        _run.Judge().ShouldHave(Fault.Lost);
    }

    [Fact]
    public void Of_ReaderHasMetWhatIsNotThere_IsLost()
    {
        _run.TakeSilently(Next);
        _run.Messages.RemoveAll(static row => row.Id == RecordedRun.Id(7) || row.Id == RecordedRun.Id(8));
        _run.Documents["document"] = (1, [RecordedRun.Full]);

        _run.Judge().ShouldHave(Fault.Lost);
    }

    [Fact]
    public void Of_AcknowledgedDocumentOverwritten_IsLostAndTorn()
    {
        _run.TakeSilently(Next);
        _run.Documents["document"] = (1, ["1.4"]);

        _run.Judge().ShouldHave(Fault.Lost, Fault.Torn, Fault.Misplaced);
    }

    [Fact]
    public void Of_CommitWithoutAnswerIsThereWholly_IsClean()
    {
        _run.TakeSilently(Next);

        _run.Judge().ShouldHave();
    }

    [Theory]
    [InlineData(nameof(OutcomeKind.Unknown))]
    [InlineData(nameof(OutcomeKind.Unavailable))]
    public void Of_CommitNotTakenIsNotThere_IsClean(string kind)
    {
        _run.End(Next, Enum.Parse<OutcomeKind>(kind));

        _run.Judge().ShouldHave();
    }

    [Fact]
    public void Of_CommitWithoutAnswerLacksAMessage_IsTorn()
    {
        _run.TakeSilently(Next);
        _run.Forget(8);

        _run.Judge().ShouldHave(Fault.Torn);
    }

    [Fact]
    public void Of_CommitWithoutAnswerLacksItsDocument_IsTorn()
    {
        _run.TakeSilently(Next);
        _run.Documents["document"] = (1, [RecordedRun.Full]);

        _run.Judge().ShouldHave(Fault.Torn);
    }

    [Fact]
    public void Of_AcknowledgedCommitLacksItsCheckpoint_IsLostAndTorn()
    {
        _run.Checkpoints.Clear();

        _run.Judge().ShouldHave(Fault.Lost, Fault.Torn);
    }

    [Fact]
    public void Of_AcknowledgedCommitLacksItsKey_IsLostAndTorn()
    {
        _run.Keys.Clear();

        _run.Judge().ShouldHave(Fault.Lost, Fault.Torn);
    }

    [Fact]
    public void Of_AcknowledgedCommitLacksTheUsersRow_IsLostAndTorn()
    {
        _run.Rows.Clear();

        _run.Judge().ShouldHave(Fault.Lost, Fault.Torn);
    }

    [Theory]
    [InlineData(nameof(OutcomeKind.Refused))]
    [InlineData(nameof(OutcomeKind.Unavailable))]
    public void Of_CommitThatWasNotTakenIsThere_IsCounted(string kind)
    {
        _run.TakeSilently(Next);
        _run.History.End(new() { Tag = "1.4", Kind = Enum.Parse<OutcomeKind>(kind) });

        _run.Judge().ShouldHave(Fault.RefusedButThere);
    }

    [Fact]
    public void Of_AcknowledgedCommitIsRefusedWhenRepeated_IsCounted()
    {
        _run.Commit(Next);
        _run.End(Next, OutcomeKind.Refused);

        _run.Judge().ShouldHave(Fault.RefusedButThere);
    }

    [Fact]
    public void Of_CommitWithIdRepeatedWithTheSameAnswer_IsClean()
    {
        _run.Commit(Next);
        _run.History.Begin(Next);
        _run.History.End(_run.History.Commitments[^1].Outcomes[0]);

        _run.Judge().ShouldHave();
    }

    [Fact]
    public void Of_RefusedForAVersionThatWasGone_IsClean()
    {
        _run.End(new() { Tag = "1.4", Appends = [new("a", 0, [RecordedRun.Id(7)])] }, OutcomeKind.Refused);

        _run.Judge().ShouldHave();
    }

    [Fact]
    public void Of_RefusedThoughEverythingIsAsExpected_IsUnfounded()
    {
        _run.End(Next, OutcomeKind.Refused);

        _run.Judge().ShouldHave(Fault.Unfounded);
    }

    [Fact]
    public void Of_MessageThereTwice_IsDuplicated()
    {
        _run.Messages.Add(new(RecordedRun.Id(6), "b", 2, 7));

        _run.Judge().ShouldHave(Fault.Duplicated);
    }

    [Fact]
    public void Of_UsersRowThereTwice_IsDuplicated()
    {
        _run.Rows.Add(RecordedRun.Full);

        _run.Judge().ShouldHave(Fault.Duplicated);
    }

    [Fact]
    public void Of_KeyAppliedTwice_IsDuplicated()
    {
        _run.TakeSilently(new() { Tag = "1.4", Appends = [new("b", ExpectedVersion.Any, [RecordedRun.Id(7)])], Key = "key" });
        _run.Keys["key"] = RecordedRun.Full;

        _run.Judge().ShouldHave(Fault.Duplicated, Fault.Torn);
    }

    [Fact]
    public void Of_GlobalPositionTakenTwice_IsCountedForBoth()
    {
        _run.Move(6, static row => row with { GlobalPosition = 5 });

        _run.Judge().ShouldHave(Fault.Duplicated, Fault.Misplaced, Fault.Reordered);
    }

    [Fact]
    public void Of_PositionMissingInAStream_IsAHole()
    {
        _run.TakeSilently(new() { Tag = "1.4", Appends = [new("b", ExpectedVersion.Any, [RecordedRun.Id(7)])] });
        _run.Move(7, static row => row with { Position = 4 });

        _run.Judge().ShouldHave(Fault.Hole, Fault.Hole);
    }

    [Fact]
    public void Of_CommitStandsElsewhereThanAcknowledged_IsMisplaced()
    {
        _run.TakeSilently(Next);
        _run.History.End(new() { Tag = "1.4", Kind = OutcomeKind.Acknowledged, FirstPosition = 8, StreamPositions = [2] });

        _run.Judge().ShouldHave(Fault.Misplaced);
    }

    [Fact]
    public void Of_CommitStandsElsewhereInItsStreamThanAcknowledged_IsMisplaced()
    {
        _run.TakeSilently(Next);
        _run.History.End(new() { Tag = "1.4", Kind = OutcomeKind.Acknowledged, FirstPosition = 7, StreamPositions = [3] });

        _run.Judge().ShouldHave(Fault.Misplaced);
    }

    [Fact]
    public void Of_CommitStandsBeforeOneAcknowledgedEarlier_IsReordered()
    {
        _run.History.Begin(Next);
        _run.History.End(new() { Tag = "1.4", Kind = OutcomeKind.Unavailable });
        _run.Commit(new() { Tag = "1.5", Appends = [new("c", ExpectedVersion.NoStream, [RecordedRun.Id(9)])] });
        _run.Commit(new() { Tag = "1.6", Appends = [new("d", ExpectedVersion.NoStream, [RecordedRun.Id(10)])] });
        _run.Move(9, static row => row with { GlobalPosition = 8 });
        _run.Move(10, static row => row with { GlobalPosition = 7 });
        _run.Met.Reverse(_run.Met.Count - 2, 2);

        // 1.6 began when 1.5 was acknowledged at 7, where 1.6 stands now; neither stands where it was acknowledged.
        _run.Judge().ShouldHave(Fault.Reordered, Fault.Misplaced, Fault.Misplaced);
    }

    [Fact]
    public void Of_ReaderMeetsALowerPosition_IsReordered()
    {
        _run.Met.Reverse(2, 2);

        _run.Judge().ShouldHave(Fault.Reordered);
    }

    [Fact]
    public void Of_ReaderMeetsAMessageTwice_IsDuplicated()
    {
        _run.Met.Insert(3, _run.Met[2]);

        _run.Judge().ShouldHave(Fault.Duplicated);
    }

    [Fact]
    public void Of_ReaderNeverMeetsAMessage_IsSkipped()
    {
        _run.Met.RemoveAt(2);

        _run.Judge().ShouldHave(Fault.Skipped);
    }

    [Fact]
    public void Of_MessageThatNobodyHasSent_IsUnannounced()
    {
        _run.Messages.Add(new(RecordedRun.Id(9), "b", 2, 7));
        _run.Met.Add(new(7, RecordedRun.Id(9)));

        _run.Judge().ShouldHave(Fault.Unannounced);
    }

    [Fact]
    public void Of_DocumentAtAnotherVersionThanItsBody_IsMisplaced()
    {
        _run.Documents["document"] = (2, [RecordedRun.Full]);

        _run.Judge().ShouldHave(Fault.Misplaced);
    }

    [Fact]
    public void Of_StoreFindsSomething_IsCounted()
    {
        _run.Findings.Add(new(StoreProblem.ChecksumMismatch, "message", "differs"));

        _run.Judge().ShouldHave(Fault.Finding);
    }

    [Fact]
    public void Of_ExceptionThatTheStoreDoesNotPromise_IsCounted()
    {
        _run.End(Next, OutcomeKind.Unexpected, "NullReferenceException");

        _run.Judge().ShouldHave(Fault.Unexpected);
    }
}
