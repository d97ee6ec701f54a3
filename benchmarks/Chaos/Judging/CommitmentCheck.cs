using Protean.Benchmarks.Chaos.Histories;

namespace Protean.Benchmarks.Chaos.Judging;

/// <summary>Looks for every part of an attempt: each is to be there once, at its place, or none of them.</summary>
internal sealed class CommitmentCheck(ContentsIndex index, Verdict verdict)
{
    public void Check(Commitment commitment)
    {
        var attempt = commitment.Attempt;
        var parts = Parts(attempt);
        var present = parts.Count(static part => part.Times > 0);
        foreach (var (name, _) in parts.Where(static part => part.Times > 1))
            verdict.Add(Fault.Duplicated, $"{attempt.Tag} {name}", "is there more than once");
        if (present > 0 && present < parts.Count)
            verdict.Add(Fault.Torn, attempt.Tag, $"lacks {Missing(parts)}, and the rest is there");
        CheckFate(commitment, parts, present);
        if (present == parts.Count)
            new PlaceCheck(index, verdict).Check(commitment);
    }

    private void CheckFate(Commitment commitment, List<Part> parts, int present)
    {
        var tag = commitment.Attempt.Tag;
        switch (commitment.Fate)
        {
            case Fate.Acknowledged when present < parts.Count:
                verdict.Add(Fault.Lost, tag, $"was acknowledged, and lacks {Missing(parts)}");
                break;
            case Fate.Acknowledged when commitment.Outcomes.Any(static outcome => outcome.Kind == OutcomeKind.Refused):
                verdict.Add(Fault.RefusedButThere, tag, "was refused when it was repeated under its id, and is there");
                break;
            case Fate.Refused when present > 0:
                verdict.Add(Fault.RefusedButThere, tag, "was not taken by what the store said, and is there");
                break;
            case Fate.Refused when IsUnfounded(commitment):
                verdict.Add(Fault.Unfounded, tag, "was refused, and everything is as it expected");
                break;
        }

        foreach (var outcome in commitment.Outcomes.Where(static outcome => outcome.Kind == OutcomeKind.Unexpected))
            verdict.Add(Fault.Unexpected, tag, $"has met with {outcome.Error}");
    }

    // Versions, positions and taken keys only grow, so that what still holds has held all the time.
    private bool IsUnfounded(Commitment commitment)
    {
        var attempt = commitment.Attempt;
        return commitment.Outcomes.Any(static outcome => outcome.Kind == OutcomeKind.Refused)
            && attempt.Appends.All(append => append.ExpectedVersion == Storage.ExpectedVersion.Any || append.ExpectedVersion == index.StreamVersion(append.Stream))
            && attempt.Documents.All(document => document.Version - 1 == index.DocumentVersion(document.Key))
            && (attempt.Checkpoint is not { } checkpoint || checkpoint.Position - 1 == index.CheckpointPosition(checkpoint.Name))
            && (attempt.Key is not { } key || index.Claimant(key) is null);
    }

    private List<Part> Parts(Attempt attempt)
    {
        List<Part> parts =
        [
            .. attempt.Appends.SelectMany(append => append.Messages.Select(id => new Part($"message {id} of {append.Stream}", index.Find(id).Count))),
            .. attempt.Documents.Select(document => new Part($"document {document.Key}", index.Writes(document.Key, attempt.Tag).Count)),
        ];
        if (attempt.Checkpoint is { } checkpoint)
            parts.Add(new($"checkpoint {checkpoint.Name}", index.Moves(checkpoint.Name, attempt.Tag).Count));
        if (attempt.Key is { } key)
            parts.Add(new($"key {key}", index.Claimant(key) == attempt.Tag ? 1 : 0));
        if (attempt.HasRow)
            parts.Add(new("the user's row", index.Rows(attempt.Tag)));
        return parts;
    }

    private static string Missing(IEnumerable<Part> parts) => string.Join(", ", parts.Where(static part => part.Times == 0).Select(static part => part.Name));

    private readonly record struct Part(string Name, int Times);
}
