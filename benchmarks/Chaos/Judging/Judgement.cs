using Protean.Benchmarks.Chaos.Histories;

namespace Protean.Benchmarks.Chaos.Judging;

/// <summary>Compares what was said while the store was in use with what is in it afterwards.</summary>
internal static class Judgement
{
    /// <param name="commitments">What was sent to the store, and its answers.</param>
    /// <param name="reader">What was met by a reader that has followed the log from its beginning to its end.</param>
    /// <param name="contents">What is in the store.</param>
    public static Verdict Of(IReadOnlyCollection<Commitment> commitments, IReadOnlyList<Met> reader, StoreContents contents)
    {
        var verdict = new Verdict();
        var index = new ContentsIndex(contents);
        var commits = new CommitmentCheck(index, verdict);
        foreach (var commitment in commitments)
            commits.Check(commitment);
        KeyCheck.Check(commitments, index, verdict);
        StreamCheck.Check(contents.Messages, verdict);
        ReaderCheck.Check(reader, commitments, index, verdict);
        OriginCheck.Check(commitments, contents, verdict);
        foreach (var finding in contents.Findings)
            verdict.Add(Fault.Finding, finding.Subject, $"{finding.Problem}: {finding.Detail}");
        return verdict;
    }
}
