namespace Protean.Benchmarks.Chaos.Judging;

/// <summary>Streams have the positions 0 to n, each once; no two messages have one global position.</summary>
internal static class StreamCheck
{
    public static void Check(IReadOnlyList<MessageRow> messages, Verdict verdict)
    {
        foreach (var twice in messages.CountBy(static message => message.GlobalPosition).Where(static position => position.Value > 1))
            verdict.Add(Fault.Duplicated, $"global position {twice.Key}", $"is taken by {twice.Value} messages");
        foreach (var stream in messages.GroupBy(static message => message.Stream))
            Check(stream.Key, stream.Select(static message => message.Position).Order(), verdict);
    }

    private static void Check(string stream, IEnumerable<long> positions, Verdict verdict)
    {
        var next = 0L;
        foreach (var position in positions)
        {
            if (position < next)
                verdict.Add(Fault.Duplicated, $"{stream} at {position}", "is taken by several messages");
            for (; next < position; next++)
                verdict.Add(Fault.Hole, $"{stream} at {next}", "has no message, and later ones are there");
            next = position + 1;
        }
    }
}
