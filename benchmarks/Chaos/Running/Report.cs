using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Protean.Benchmarks.Chaos.Judging;

namespace Protean.Benchmarks.Chaos.Running;

/// <summary>Writes what came out: a table for people, and one line of JSON for machines.</summary>
internal sealed class Report(ChaosOptions options, Killing killing, Tally tally, Verdict verdict, string? failure, TimeSpan duration)
{
    private const int MostProblems = 20;

    /// <summary>Whether everything was done that was to be done, and nothing is wrong.</summary>
    public bool IsPassed => verdict.IsClean && failure is null && killing.Kills == options.Kills;

    public void Write(TextWriter output)
    {
        foreach (var problem in verdict.Problems.Take(MostProblems))
            output.WriteLine(problem);
        if (verdict.Problems.Count > MostProblems)
            output.WriteLine($"and {verdict.Problems.Count - MostProblems} more");
        if (failure is not null)
            output.WriteLine(failure);
        foreach (var (name, value) in Values())
            output.WriteLine($"  {name,-18}{Text(value),14}");
        output.WriteLine(IsPassed ? "  all checks hold" : "  FAILED");
        output.WriteLine(new JsonObject(Values().Select(static value => KeyValuePair.Create(value.Name, JsonSerializer.SerializeToNode(value.Value)))).ToJsonString());
    }

    private IEnumerable<(string Name, object Value)> Values() =>
    [
        ("kills", killing.Kills),
        ("restarts", killing.Restarts),
        ("acknowledged", tally.Acknowledged),
        ("lost", verdict.Count(Fault.Lost)),
        ("duplicated", verdict.Count(Fault.Duplicated)),
        ("holes", verdict.Count(Fault.Hole)),
        ("torn", verdict.Count(Fault.Torn)),
        ("reordered", verdict.Count(Fault.Reordered)),
        ("misplaced", verdict.Count(Fault.Misplaced)),
        ("skipped", verdict.Count(Fault.Skipped)),
        ("refusedButThere", verdict.Count(Fault.RefusedButThere)),
        ("unfounded", verdict.Count(Fault.Unfounded)),
        ("unannounced", verdict.Count(Fault.Unannounced)),
        ("findings", verdict.Count(Fault.Finding)),
        ("unexpected", verdict.Count(Fault.Unexpected)),
        ("refused", tally.Refused),
        ("unavailable", tally.Unavailable),
        ("unknown", tally.InDoubt),
        ("landed", tally.Landed),
        ("messages", tally.Messages),
        ("seconds", Math.Round(duration.TotalSeconds, 1)),
        ("seed", options.Seed),
        ("passed", IsPassed),
    ];

    private static string Text(object value) => string.Create(CultureInfo.InvariantCulture, $"{value:#,0.#}");
}
