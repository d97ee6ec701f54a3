using Protean.Benchmarks.Chaos.Histories;

namespace Protean.Benchmarks.Chaos.Judging;

/// <summary>Everything that is there was sent by somebody, and documents and checkpoints stand at as many changes as they list.</summary>
internal static class OriginCheck
{
    public static void Check(IReadOnlyCollection<Commitment> commitments, StoreContents contents, Verdict verdict)
    {
        var tags = commitments.Select(static commitment => commitment.Attempt.Tag).ToHashSet();
        var messages = commitments.SelectMany(static commitment => commitment.Attempt.Appends).SelectMany(static append => append.Messages).ToHashSet();
        foreach (var message in contents.Messages.Where(message => !messages.Contains(message.Id)))
            verdict.Add(Fault.Unannounced, $"message {message.Id}", $"of {message.Stream} was sent by nobody");
        foreach (var document in contents.Documents)
            Check($"document {document.Key}", document.Version, document.Writers);
        foreach (var checkpoint in contents.Checkpoints)
            Check($"checkpoint {checkpoint.Name}", checkpoint.Position, checkpoint.Movers);
        foreach (var (key, tag) in contents.Keys)
            CheckTag($"key {key}", tag);
        foreach (var tag in contents.Rows)
            CheckTag("a row of the user's", tag);

        void Check(string subject, long version, IReadOnlyList<string> changes)
        {
            if (version != changes.Count)
                verdict.Add(Fault.Misplaced, subject, $"stands at {version}, and lists {changes.Count} changes");
            foreach (var tag in changes)
                CheckTag(subject, tag);
        }

        void CheckTag(string subject, string tag)
        {
            if (!tags.Contains(tag))
                verdict.Add(Fault.Unannounced, $"{subject} by {tag}", "was sent by nobody");
        }
    }
}
