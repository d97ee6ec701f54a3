using Protean.Benchmarks.Chaos.Deliveries.Judging;
using Protean.Benchmarks.Chaos.Judging;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.Benchmarks.Chaos.Tests;

/// <summary>What is wrong with what handlers have left behind is found, and only that.</summary>
public sealed class DeliveryJudgementTests
{
    private readonly DeliveredRun _run = new();

    [Fact]
    public void Of_EachMessageOnceAndInOrder_IsClean() => _run.Judge().ShouldHave();

    [Fact]
    public void Of_NothingWasDone_IsLostMessageByMessage()
    {
        _run.Books.Clear();

        _run.Judge().ShouldHave(Fault.Lost, Fault.Lost, Fault.Lost, Fault.Lost);
    }

    [Fact]
    public void Of_MessageWithoutEffect_IsLost()
    {
        _run.Books["a"].Remove("s1/2");

        _run.Judge().ShouldHave(Fault.Lost);
    }

    [Fact]
    public void Of_EffectTwiceInARow_IsDuplicated()
    {
        _run.Books["a"].Insert(1, "s1/0");

        _run.Judge().ShouldHave(Fault.Duplicated);
    }

    [Fact]
    public void Of_EffectAgainLater_IsDuplicatedAndReordered()
    {
        _run.Books["a"].Insert(2, "s1/0");

        _run.Judge().ShouldHave(Fault.Duplicated, Fault.Reordered);
    }

    [Fact]
    public void Of_DeliveryGivenUpWithEffectTwice_IsUnannounced()
    {
        _run.Books["a"].InsertRange(1, ["s1/1", "s1/1"]);

        _run.Judge().ShouldHave(Fault.Unannounced);
    }

    [Fact]
    public void Of_TwoMessagesWithOneEntryDoneBoth_IsClean()
    {
        _run.Due.Add(new(15, "s1/2", "a", "s1"));
        _run.Books["a"].Add("s1/2");

        _run.Judge().ShouldHave();
    }

    [Fact]
    public void Of_TwoMessagesWithOneEntryDoneOnce_IsLost()
    {
        _run.Due.Add(new(15, "s1/2", "a", "s1"));

        _run.Judge().ShouldHave(Fault.Lost);
    }

    [Fact]
    public void Of_EffectInAnotherPlace_IsUnannouncedThereAndLostHere()
    {
        _run.Books["a"].Remove("s1/2");
        _run.Books["b"].Add("s1/2");

        _run.Judge().ShouldHave(Fault.Unannounced, Fault.Lost);
    }

    [Fact]
    public void Of_EffectInAnotherPlaceToo_IsUnannouncedThere()
    {
        _run.Books["b"].Add("s1/2");

        _run.Judge().ShouldHave(Fault.Unannounced);
    }

    [Fact]
    public void Of_EffectOfNoMessage_IsUnannounced()
    {
        _run.Books["b"].Add("s9/0");

        _run.Judge().ShouldHave(Fault.Unannounced);
    }

    [Fact]
    public void Of_LaterMessageOfAStreamFirst_IsReordered()
    {
        _run.Books["a"].Reverse(0, 2);

        _run.Judge().ShouldHave(Fault.Reordered);
    }

    [Fact]
    public void Of_LaterMessageOfAnotherStreamFirst_IsClean()
    {
        _run.Books["a"].Reverse(1, 2);

        _run.Judge().ShouldHave();
    }

    [Fact]
    public void Of_LaterMessageFirstWhereAPlaceHasOneOrder_IsReordered()
    {
        for (var n = 0; n < _run.Due.Count; n++)
            _run.Due[n] = _run.Due[n] with { Lane = "" };
        _run.Books["a"].Reverse(1, 2);

        _run.Judge().ShouldHave(Fault.Reordered);
    }

    [Fact]
    public void Of_MessageAfterLaterOnesThatWasPassedOver_IsClean()
    {
        _run.Due[0] = _run.Due[0] with { MayBeLate = true };
        _run.Books["a"].Reverse(0, 2);

        _run.Judge().ShouldHave();
    }

    [Fact]
    public void Of_MessageThatWasPassedOverIsNeverDone_IsLost()
    {
        _run.Due[0] = _run.Due[0] with { MayBeLate = true };
        _run.Books["a"].Remove("s1/0");

        _run.Judge().ShouldHave(Fault.Lost);
    }

    [Fact]
    public void Of_EffectOfADeliveryThatWasGivenUp_IsUnannounced()
    {
        _run.Books["a"].Insert(1, "s1/1");

        _run.Judge().ShouldHave(Fault.Unannounced);
    }

    [Fact]
    public void Of_FailingDeliveryNotGivenUpAndWithoutEffect_IsNotGivenUpAndLost()
    {
        _run.Dead.Clear();

        _run.Judge().ShouldHave(Fault.NotGivenUp, Fault.Lost);
    }

    [Fact]
    public void Of_DeliveryGivenUpThatWouldHaveSucceeded_IsGivenUp()
    {
        _run.Books["b"].Clear();
        _run.Dead.Add(new(DeliveredRun.Method, 11));

        _run.Judge().ShouldHave(Fault.GivenUp);
    }

    [Fact]
    public void Of_DeadLetterOfAnotherMethod_ExcusesNothing()
    {
        _run.Dead.Clear();
        _run.Dead.Add(new(DeliveredRun.Method with { Name = "Emitted#2" }, 12));

        _run.Judge().ShouldHave(Fault.GivenUp, Fault.NotGivenUp, Fault.Lost);
    }

    [Fact]
    public void Of_OneMethodWithEffectsOfTwoKinds_LooksAtBoth()
    {
        _run.More.Add(new() { Name = "events", Method = DeliveredRun.Method, Due = _run.Due, Effects = new Dictionary<string, IReadOnlyList<string>> { ["a"] = ["s1/0", "s2/1"], ["b"] = ["s2/0"] } });

        _run.Judge().ShouldHave(Fault.Lost);
    }

    [Fact]
    public void Of_StoreFindsSomething_IsCounted()
    {
        _run.Findings.Add(new(StoreProblem.ChecksumMismatch, "message", "differs"));

        _run.Judge().ShouldHave(Fault.Finding);
    }

    [Fact]
    public void ExpectedDead_MessageWithEffectsOfTwoKinds_CountsOnce()
    {
        _run.More.Add(new() { Name = "events", Method = DeliveredRun.Method, Due = _run.Due, Effects = new Dictionary<string, IReadOnlyList<string>>() });

        DeliveryJudgement.ExpectedDead(_run.Works).ShouldBe([new(DeliveredRun.Method, 12)]);
    }
}
