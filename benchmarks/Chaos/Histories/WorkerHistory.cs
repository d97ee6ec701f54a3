namespace Protean.Benchmarks.Chaos.Histories;

/// <summary>What one worker has said about its commits, in order: the order of the lines is the order in which things happened there.</summary>
internal sealed class WorkerHistory
{
    private readonly Dictionary<string, Commitment> _byTag = [];
    private long _acknowledgedHead;

    /// <summary>Its attempts, in the order in which they were first begun.</summary>
    public List<Commitment> Commitments { get; } = [];

    public void Begin(Attempt attempt)
    {
        if (!_byTag.TryGetValue(attempt.Tag, out var commitment))
        {
            commitment = new(attempt, _acknowledgedHead);
            _byTag.Add(attempt.Tag, commitment);
            Commitments.Add(commitment);
        }

        commitment.Open++;
    }

    public void End(Outcome outcome)
    {
        var commitment = _byTag[outcome.Tag];
        commitment.Open--;
        commitment.Outcomes.Add(outcome);
        if (outcome.Kind == OutcomeKind.Acknowledged)
            _acknowledgedHead = Math.Max(_acknowledgedHead, outcome.FirstPosition);
    }
}

/// <summary>An attempt and what became of it. One with an id can have been sent several times.</summary>
/// <param name="attempt">What was sent.</param>
/// <param name="headBefore">The highest global position that its worker had been told when it first sent it.</param>
internal sealed class Commitment(Attempt attempt, long headBefore)
{
    public Attempt Attempt { get; } = attempt;

    public long HeadBefore { get; } = headBefore;

    public List<Outcome> Outcomes { get; } = [];

    /// <summary>How often it was sent without an answer.</summary>
    public int Open { get; set; }

    public Fate Fate
    {
        get
        {
            if (Outcomes.Any(static outcome => outcome.Kind == OutcomeKind.Acknowledged))
                return Fate.Acknowledged;
            return Open > 0 || Outcomes.Any(static outcome => outcome.Kind is OutcomeKind.Unknown or OutcomeKind.Unexpected) ? Fate.InDoubt : Fate.Refused;
        }
    }
}

/// <summary>What is to be found of an attempt.</summary>
internal enum Fate
{
    /// <summary>All of it.</summary>
    Acknowledged,

    /// <summary>Nothing of it.</summary>
    Refused,

    /// <summary>All of it or nothing.</summary>
    InDoubt,
}
