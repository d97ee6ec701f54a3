using Protean.Benchmarks.Chaos.Deliveries.Judging;
using Protean.Benchmarks.Chaos.Judging;
using Protean.Benchmarks.Chaos.Running;

namespace Protean.Benchmarks.Chaos.Deliveries.Running;

/// <summary>What came out.</summary>
internal sealed class EngineReport(
    EngineRunOptions options, Disturbances disturbances, int takeovers, WorkDone done, IReadOnlySet<DeadDelivery> dead, string? failure, TimeSpan duration) : RunReport(failure)
{
    private readonly Verdict _verdict = DeliveryJudgement.Of(done.Works, dead, done.Findings);

    protected override bool IsDone => disturbances.Kills == options.Kills;

    protected override IReadOnlyCollection<string> Problems => _verdict.Problems;

    protected override IEnumerable<(string Name, object Value)> Values =>
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
    ];
}
