using Protean.Benchmarks.Chaos.Judging;
using Shouldly;

namespace Protean.Benchmarks.Chaos.Tests;

internal static class VerdictAssertions
{
    /// <summary>Exactly these faults, each of them once for every time it is named.</summary>
    public static void ShouldHave(this Verdict verdict, params Fault[] faults)
    {
        var found = Enum.GetValues<Fault>().SelectMany(fault => Enumerable.Repeat(fault, verdict.Count(fault)));
        found.ShouldBe(faults.Order(), string.Join(Environment.NewLine, verdict.Problems));
        verdict.IsClean.ShouldBe(faults.Length == 0);
    }
}
