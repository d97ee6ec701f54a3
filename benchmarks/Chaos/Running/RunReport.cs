using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Protean.Benchmarks.Chaos.Running;

/// <summary>Writes what came out of a run: a table for people, and one line of JSON for machines.</summary>
/// <param name="failure">Why the run ended before its end, if it did.</param>
internal abstract class RunReport(string? failure)
{
    private const int MostProblems = 20;

    /// <summary>Whether everything was done that was to be done, and nothing is wrong.</summary>
    public bool IsPassed => failure is null && IsDone && Problems.Count == 0;

    /// <summary>Whether everything was done that was to be done.</summary>
    protected abstract bool IsDone { get; }

    /// <summary>What is wrong.</summary>
    protected abstract IReadOnlyCollection<string> Problems { get; }

    /// <summary>What came out, in the order in which it is written.</summary>
    protected abstract IEnumerable<(string Name, object Value)> Values { get; }

    public void Write(TextWriter output)
    {
        foreach (var problem in Problems.Take(MostProblems))
            output.WriteLine(problem);
        if (Problems.Count > MostProblems)
            output.WriteLine($"and {Problems.Count - MostProblems} more");
        if (failure is not null)
            output.WriteLine(failure);
        (string Name, object Value)[] values = [.. Values, ("passed", IsPassed)];
        foreach (var (name, value) in values)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-20}{value,14:#,0.#}"));
        output.WriteLine(IsPassed ? "  all checks hold" : "  FAILED");
        output.WriteLine(new JsonObject(values.Select(static value => KeyValuePair.Create(value.Name, JsonSerializer.SerializeToNode(value.Value)))).ToJsonString());
    }
}
