using Protean.Benchmarks.Chaos.Judging;
using Protean.Benchmarks.Chaos.Notifications.Domains;
using Protean.Benchmarks.Chaos.Notifications.Judging;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.Benchmarks.Chaos.Tests;

/// <summary>What is wrong with what came through a broker, or with what it has led to, is found, and only that.</summary>
public sealed class PassageJudgementTests
{
    private readonly NotifiedRun _run = new();

    [Fact]
    public void Of_EachOnceAtLeastAndItsEffectOnce_IsClean()
    {
        ShouldHave(wire: [], effects: []);

        (_run.Judge().IsClean, _run.Passage.Repeated).ShouldBe((true, 2));
    }

    [Fact]
    public void Of_NothingCameThrough_IsLostOneByOne()
    {
        _run.Arrived.Clear();
        foreach (var entries in _run.Accounts.Values.Concat(_run.Statements.Values))
            entries.Clear();

        ShouldHave(wire: Six(Fault.Lost), effects: Six(Fault.Lost), streamed: Six(Fault.Lost));
    }

    [Fact]
    public void Of_NotificationThatNeverCame_IsLostOnTheWire()
    {
        _run.Arrived.Remove(_run.Recorded[4]);

        ShouldHave(wire: [Fault.Lost], effects: []);
    }

    [Fact]
    public void Of_LastOfAStreamNeverCame_IsLostOnTheWire()
    {
        _run.Arrived.Remove(_run.Recorded[5]);

        ShouldHave(wire: [Fault.Lost], effects: []);
    }

    [Fact]
    public void Of_CameFirstAfterALaterOne_IsOutOfOrderOnTheWire()
    {
        _run.Arrived.Remove(_run.Recorded[2]);

        ShouldHave(wire: [Fault.Reordered], effects: []);
    }

    [Fact]
    public void Of_TwoCameFirstAfterALaterOne_AreBothOutOfOrder()
    {
        _run.Arrived.Clear();
        _run.Arrived.AddRange([_run.Recorded[3], _run.Recorded[0], _run.Recorded[2], _run.Recorded[5], _run.Recorded[1], _run.Recorded[4]]);

        ShouldHave(wire: [Fault.Reordered, Fault.Reordered], effects: []);
    }

    [Fact]
    public void Of_CameAgainAfterLaterOnes_IsClean()
    {
        _run.Arrived.AddRange(_run.Recorded);

        ShouldHave(wire: [], effects: []);
    }

    [Fact]
    public void Of_CameUnderAnotherId_IsUnfoundedAndLost()
    {
        _run.Arrived[^1] = _run.Arrived[^1] with { Id = Guid.NewGuid() };

        ShouldHave(wire: [Fault.Lost, Fault.Unannounced], effects: []);
    }

    [Fact]
    public void Of_CameAgainUnderAnotherId_IsUnfounded()
    {
        _run.Arrived.Add(_run.Arrived[^1] with { Id = Guid.NewGuid() });

        ShouldHave(wire: [Fault.Unannounced], effects: []);
    }

    [Fact]
    public void Of_NumberMissingInTheLog_IsAHoleForEachThatStandsWrong()
    {
        _run.Arrived.RemoveAll(notice => notice == _run.Recorded[2]);
        _run.Recorded.RemoveAt(2);
        _run.Accounts["d1"].Remove("d1/1");
        _run.Statements["d1"].Remove("d1/1");

        ShouldHave(wire: [Fault.Hole, Fault.Hole], effects: []);
    }

    [Fact]
    public void Of_CameThroughWithoutEffect_IsALostEffect()
    {
        _run.Accounts["d1"].Remove("d1/1");

        ShouldHave(wire: [], effects: [Fault.Lost]);
    }

    [Fact]
    public void Of_AccountIsNotThere_AreLostEffects()
    {
        _run.Accounts.Remove("d2");

        ShouldHave(wire: [], effects: [Fault.Lost, Fault.Lost]);
    }

    [Fact]
    public void Of_CameTwiceWithEffectTwice_IsADoubledEffect()
    {
        _run.Accounts["d1"].Insert(2, "d1/1");

        ShouldHave(wire: [], effects: [Fault.Duplicated]);
    }

    [Fact]
    public void Of_EffectBeforeAnEarlierOne_IsOutOfOrder()
    {
        _run.Accounts["d1"].Reverse(1, 2);

        ShouldHave(wire: [], effects: [Fault.Reordered]);
    }

    [Fact]
    public void Of_EffectOfNothing_IsUnfounded()
    {
        _run.Accounts["d3"].Add("d3/0");

        ShouldHave(wire: [], effects: [Fault.Unannounced]);
    }

    [Fact]
    public void Of_EffectGivenUp_IsGivenUpAndExcusesNothing()
    {
        // At the place in the receiver's log that has the number of a place in the sender's.
        _run.Accounts["d1"].Remove("d1/1");
        _run.Dead.Add(new(PassageJudgement.Method, 2));

        ShouldHave(wire: [], effects: [Fault.Lost, Fault.GivenUp]);
    }

    [Fact]
    public void Of_StoreFindsSomething_IsCounted()
    {
        _run.Findings.Add(new(StoreProblem.ChecksumMismatch, "message", "differs"));

        ShouldHave(wire: [], effects: [Fault.Finding]);
    }

    [Fact]
    public void Of_EffectThatNeverReachedTheStream_IsLostThere()
    {
        _run.Statements["d1"].Remove("d1/3");

        ShouldHave(wire: [], effects: [], streamed: [Fault.Lost]);
    }

    [Fact]
    public void Of_StatementIsNotThere_AreLostOnTheStream()
    {
        _run.Statements.Remove("d2");

        ShouldHave(wire: [], effects: [], streamed: [Fault.Lost, Fault.Lost]);
    }

    [Fact]
    public void Of_StreamedTwice_IsDoubledThere()
    {
        _run.Statements["d2"].Add("d2/1");

        ShouldHave(wire: [], effects: [], streamed: [Fault.Duplicated]);
    }

    [Fact]
    public void Of_StreamedBeforeAnEarlierOne_IsOutOfOrderThere()
    {
        _run.Statements["d1"].Reverse(2, 2);

        ShouldHave(wire: [], effects: [], streamed: [Fault.Reordered]);
    }

    [Fact]
    public void Of_StreamedToAnotherStatement_IsUnfoundedAndLost()
    {
        _run.Statements["d1"].Remove("d1/3");
        _run.Statements["d2"].Add("d1/3");

        ShouldHave(wire: [], effects: [], streamed: [Fault.Unannounced, Fault.Lost]);
    }

    [Fact]
    public void Of_StreamedByTheStoreAlone_IsNoPassageThroughTheBroker()
    {
        _run.Brought = 0;

        ShouldHave(wire: [], effects: [], streamed: [Fault.Skipped]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(49)]
    [InlineData(1_000)]
    [InlineData(1_033)]
    public void ShareOf_AllDesks_IsEverything(int parcels) =>
        Enumerable.Range(0, ShopDomain.Desks).Sum(desk => ShopDomain.ShareOf(desk, parcels)).ShouldBe(parcels);

    private static Fault[] Six(Fault fault) => [.. Enumerable.Repeat(fault, 6)];

    private void ShouldHave(Fault[] wire, Fault[] effects, Fault[]? streamed = null)
    {
        streamed ??= [];
        var judgement = _run.Judge();
        judgement.Wire.ShouldHave(wire);
        judgement.Effects.ShouldHave(effects);
        judgement.Streamed.ShouldHave(streamed);
        judgement.IsClean.ShouldBe(wire.Length + effects.Length + streamed.Length == 0);
        judgement.Problems.Count().ShouldBe(wire.Length + effects.Length + streamed.Length);
    }
}
