using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Protean.Benchmarks.Chaos.Deliveries.Judging;
using Protean.Benchmarks.Chaos.Judging;

namespace Protean.Benchmarks.Chaos.Deliveries.Running;

/// <summary>Writes what came out: a table for people, and one line of JSON for machines.</summary>
internal sealed class EngineReport(
    EngineRunOptions options, Disturbances disturbances, int takeovers, WorkDone done, IReadOnlySet<DeadDelivery> dead, string? failure, TimeSpan duration)
{
    private const int MostProblems = 20;

    private readonly Verdict _verdict = DeliveryJudgement.Of(done.Works, dead, done.Findings);

    /// <summary>Whether everything was done that was to be done, and nothing is wrong.</summary>
    public bool IsPassed => _verdict.IsClean && failure is null && disturbances.Kills == options.Kills;

    public void Write(TextWriter output)
    {
        foreach (var problem in _verdict.Problems.Take(MostProblems))
            output.WriteLine(problem);
        if (_verdict.Problems.Count > MostProblems)
            output.WriteLine($"and {_verdict.Problems.Count - MostProblems} more");
        if (failure is not null)
            output.WriteLine(failure);
        foreach (var (name, value) in Values())
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-20}{value,14:#,0.#}"));
        output.WriteLine(IsPassed ? "  all checks hold" : "  FAILED");
        output.WriteLine(new JsonObject(Values().Select(static value => KeyValuePair.Create(value.Name, JsonSerializer.SerializeToNode(value.Value)))).ToJsonString());
    }

    private IEnumerable<(string Name, object Value)> Values() =>
    [
        ("kills", disturbances.Kills),
        ("takeovers", takeovers),
        ("stops", disturbances.Stops),
        ("restarts", disturbances.Restarts),
        ("messages", done.Messages),
        ("effects", done.Works.Sum(static work => work.Effects.Values.Sum(static entries => entries.Count))),
        ("lost", _verdict.Count(Fault.Lost)),
        ("doubled", _verdict.Count(Fault.Duplicated)),
        ("outOfOrder", _verdict.Count(Fault.Reordered)),
        ("unfounded", _verdict.Count(Fault.Unannounced)),
        ("deadLetters", dead.Count),
        ("expectedDeadLetters", DeliveryJudgement.ExpectedDead(done.Works).Count),
        ("wronglyGivenUp", _verdict.Count(Fault.GivenUp)),
        ("notGivenUp", _verdict.Count(Fault.NotGivenUp)),
        ("findings", _verdict.Count(Fault.Finding)),
        ("seconds", Math.Round(duration.TotalSeconds, 1)),
        ("seed", options.Seed),
        ("passed", IsPassed),
    ];
}
