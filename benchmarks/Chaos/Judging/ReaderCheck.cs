using Protean.Benchmarks.Chaos.Histories;

namespace Protean.Benchmarks.Chaos.Judging;

/// <summary>Whoever follows the log meets every committed message once, in ascending order, and nothing else.</summary>
internal static class ReaderCheck
{
    public static void Check(IReadOnlyList<Met> reader, IEnumerable<Commitment> commitments, ContentsIndex index, Verdict verdict)
    {
        var seen = new Dictionary<Guid, long>(reader.Count);
        var last = 0L;
        foreach (var (position, id) in reader)
        {
            if (!seen.TryAdd(id, position))
                verdict.Add(Fault.Duplicated, $"message {id}", "was met twice by the reader");
            else if (position <= last)
                verdict.Add(Fault.Reordered, $"message {id}", $"was met at {position} by the reader, after {last}");
            last = Math.Max(last, position);
        }

        CheckMet(seen, commitments, index, verdict);
        foreach (var message in index.Messages.Where(message => !seen.ContainsKey(message.Id)))
            verdict.Add(Fault.Skipped, $"message {message.Id}", $"at {message.GlobalPosition} was never met by the reader");
    }

    private static void CheckMet(Dictionary<Guid, long> seen, IEnumerable<Commitment> commitments, ContentsIndex index, Verdict verdict)
    {
        var tags = new Dictionary<Guid, string>();
        foreach (var attempt in commitments.Select(static commitment => commitment.Attempt))
        {
            foreach (var id in attempt.Appends.SelectMany(static append => append.Messages))
                tags[id] = attempt.Tag;
        }

        foreach (var (id, position) in seen)
        {
            var rows = index.Find(id);
            if (rows.Count == 0)
                verdict.Add(Fault.Lost, tags.GetValueOrDefault(id, id.ToString()), $"was met by the reader at {position}, and is not there");
            else if (rows[0].GlobalPosition != position)
                verdict.Add(Fault.Misplaced, $"message {id}", $"was met by the reader at {position}, and stands at {rows[0].GlobalPosition}");
        }
    }
}
