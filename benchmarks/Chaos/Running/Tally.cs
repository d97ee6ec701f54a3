using Protean.Benchmarks.Chaos.Histories;
using Protean.Benchmarks.Chaos.Judging;

namespace Protean.Benchmarks.Chaos.Running;

/// <summary>How many commits came to what end.</summary>
internal sealed record Tally
{
    public required int Acknowledged { get; init; }

    public required int Refused { get; init; }

    public required int Unavailable { get; init; }

    /// <summary>Those whose callers never got an answer, or none that says what became of them.</summary>
    public required int InDoubt { get; init; }

    /// <summary>Those in doubt that are there.</summary>
    public required int Landed { get; init; }

    public required int Messages { get; init; }

    public static Tally Of(IReadOnlyCollection<Commitment> commitments, StoreContents contents)
    {
        var index = new ContentsIndex(contents);
        var fates = commitments.ToLookup(static commitment => commitment.Fate);
        return new()
        {
            Acknowledged = fates[Fate.Acknowledged].Count(),
            Refused = fates[Fate.Refused].Count(static commitment => commitment.Outcomes.Any(static outcome => outcome.Kind == OutcomeKind.Refused)),
            Unavailable = fates[Fate.Refused].Count(static commitment => commitment.Outcomes.All(static outcome => outcome.Kind == OutcomeKind.Unavailable)),
            InDoubt = fates[Fate.InDoubt].Count(),
            Landed = fates[Fate.InDoubt].Count(commitment => index.HasAny(commitment.Attempt)),
            Messages = contents.Messages.Count,
        };
    }
}
