using Protean.Benchmarks.Chaos.Histories;

namespace Protean.Benchmarks.Chaos.Judging;

/// <summary>What a key stands for has happened once.</summary>
internal static class KeyCheck
{
    public static void Check(IEnumerable<Commitment> commitments, ContentsIndex index, Verdict verdict)
    {
        var present = commitments.Select(static commitment => commitment.Attempt).Where(attempt => attempt.Key is not null && index.HasAny(attempt));
        foreach (var key in present.GroupBy(static attempt => attempt.Key!))
        {
            if (key.Count() > 1)
                verdict.Add(Fault.Duplicated, $"key {key.Key}", $"was applied by {string.Join(" and ", key.Select(static attempt => attempt.Tag))}");
        }
    }
}
