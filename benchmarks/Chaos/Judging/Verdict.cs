namespace Protean.Benchmarks.Chaos.Judging;

/// <summary>What is wrong, each thing counted once.</summary>
internal sealed class Verdict
{
    private readonly HashSet<(Fault Fault, string Subject)> _found = [];

    /// <summary>A sentence for each thing that is wrong.</summary>
    public List<string> Problems { get; } = [];

    public bool IsClean => _found.Count == 0;

    public int Count(Fault fault) => _found.Count(found => found.Fault == fault);

    public void Add(Fault fault, string subject, string problem)
    {
        if (_found.Add((fault, subject)))
            Problems.Add($"{fault}: {subject} {problem}");
    }
}
