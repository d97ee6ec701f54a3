using Protean.Benchmarks.Chaos.Histories;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Judging;

/// <summary>Whether a commit that is there stands where it was acknowledged, or where it was expected to come to stand.</summary>
internal sealed class PlaceCheck(ContentsIndex index, Verdict verdict)
{
    public void Check(Commitment commitment)
    {
        var attempt = commitment.Attempt;
        CheckDocuments(attempt);
        if (attempt.Appends.Count == 0)
            return;
        var first = index.Find(attempt.Appends[0].Messages[0])[0].GlobalPosition;
        if (first <= commitment.HeadBefore)
            verdict.Add(Fault.Reordered, attempt.Tag, $"stands at {first}, and {commitment.HeadBefore} was acknowledged before it began");
        CheckMessages(attempt, first);
        foreach (var outcome in commitment.Outcomes.Where(static outcome => outcome.Kind == OutcomeKind.Acknowledged))
            CheckAcknowledged(attempt, outcome, first);
    }

    private void CheckMessages(Attempt attempt, long first)
    {
        var global = first;
        foreach (var append in attempt.Appends)
        {
            var begin = append.ExpectedVersion == ExpectedVersion.Any ? index.Find(append.Messages[0])[0].Position : append.ExpectedVersion + 1;
            for (var i = 0; i < append.Messages.Count; i++)
            {
                var row = index.Find(append.Messages[i])[0];
                var place = (append.Stream, begin + i, global++);
                if ((row.Stream, row.Position, row.GlobalPosition) != place)
                    verdict.Add(Fault.Misplaced, $"{row.Id} of {attempt.Tag}", $"stands at {(row.Stream, row.Position, row.GlobalPosition)} instead of {place}");
            }
        }
    }

    private void CheckAcknowledged(Attempt attempt, Outcome outcome, long first)
    {
        if (outcome.FirstPosition != first)
            verdict.Add(Fault.Misplaced, attempt.Tag, $"stands at {first}, and was acknowledged at {outcome.FirstPosition}");
        var positions = attempt.Appends.Select(append => index.Find(append.Messages[0])[0].Position);
        if (!positions.SequenceEqual(outcome.StreamPositions))
            verdict.Add(Fault.Misplaced, attempt.Tag, $"stands at {string.Join(", ", positions)} in its streams, and was acknowledged at {string.Join(", ", outcome.StreamPositions)}");
    }

    private void CheckDocuments(Attempt attempt)
    {
        foreach (var document in attempt.Documents)
        {
            if (index.Writes(document.Key, attempt.Tag)[0] != document.Version)
                verdict.Add(Fault.Misplaced, $"{document.Key} of {attempt.Tag}", $"is version {index.Writes(document.Key, attempt.Tag)[0]} instead of {document.Version}");
        }

        if (attempt.Checkpoint is { } checkpoint && index.Moves(checkpoint.Name, attempt.Tag)[0] != checkpoint.Position)
            verdict.Add(Fault.Misplaced, $"{checkpoint.Name} of {attempt.Tag}", $"is step {index.Moves(checkpoint.Name, attempt.Tag)[0]} instead of {checkpoint.Position}");
    }
}
