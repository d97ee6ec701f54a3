using Protean.Benchmarks.Chaos.Deliveries.Running;
using Protean.Benchmarks.Chaos.Judging;
using Protean.Benchmarks.Chaos.Notifications.Judging;
using Protean.Benchmarks.Chaos.Running;

namespace Protean.Benchmarks.Chaos.Notifications.Running;

/// <summary>What came out.</summary>
internal sealed class BrokerReport(
    BrokerRunOptions options, Disturbances disturbances, BrokerSurroundings surroundings, Cluster cluster, Passage passage, PassageJudgement judgement, int dead, string? failure, TimeSpan duration) : RunReport(failure)
{
    protected override bool IsDone => disturbances.Kills == options.Kills && passage.Recorded.Count == options.Notifications;

    protected override IReadOnlyCollection<string> Problems { get; } = [.. judgement.Problems];

    protected override IEnumerable<(string Name, object Value)> Values =>
    [
        ("sent", passage.Recorded.Count),
        ("arrived", passage.Arrived.Count - passage.Repeated),
        ("lost", judgement.Wire.Count(Fault.Lost)),
        ("outOfOrder", judgement.Wire.Count(Fault.Reordered)),
        ("unfounded", judgement.Wire.Count(Fault.Unannounced)),
        ("holes", judgement.Wire.Count(Fault.Hole)),
        ("repeated", passage.Repeated),
        ("redelivered", cluster.Redelivered),
        ("recovered", cluster.Recovered),
        ("effects", passage.Effects.Values.Sum(static entries => entries.Count)),
        ("effectsLost", judgement.Effects.Count(Fault.Lost)),
        ("effectsDoubled", judgement.Effects.Count(Fault.Duplicated)),
        ("effectsOutOfOrder", judgement.Effects.Count(Fault.Reordered)),
        ("effectsUnfounded", judgement.Effects.Count(Fault.Unannounced)),
        ("streamed", passage.Streamed.Values.Sum(static entries => entries.Count)),
        ("streamedLost", judgement.Streamed.Count(Fault.Lost)),
        ("streamedDoubled", judgement.Streamed.Count(Fault.Duplicated)),
        ("streamedOutOfOrder", judgement.Streamed.Count(Fault.Reordered)),
        ("streamedUnfounded", judgement.Streamed.Count(Fault.Unannounced)),
        ("brought", passage.Brought),
        ("filledIn", cluster.FilledIn),
        ("thrownAway", surroundings.Thrown),
        ("deadLetters", dead),
        ("findings", judgement.Effects.Count(Fault.Finding)),
        ("kills", disturbances.Kills),
        ("takeovers", cluster.Takeovers),
        ("stops", disturbances.Stops),
        ("restarts", disturbances.Restarts),
        ("brokerKills", surroundings.BrokerKills),
        ("crashes", surroundings.Crashes),
        ("seconds", Math.Round(duration.TotalSeconds, 1)),
        ("seed", options.Seed),
    ];
}
