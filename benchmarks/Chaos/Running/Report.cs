using Protean.Benchmarks.Chaos.Judging;

namespace Protean.Benchmarks.Chaos.Running;

/// <summary>What came out.</summary>
internal sealed class Report(ChaosOptions options, Killing killing, Tally tally, Verdict verdict, string? failure, TimeSpan duration) : RunReport(failure)
{
    protected override bool IsDone => killing.Kills == options.Kills;

    protected override IReadOnlyCollection<string> Problems => verdict.Problems;

    protected override IEnumerable<(string Name, object Value)> Values =>
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
    ];
}
