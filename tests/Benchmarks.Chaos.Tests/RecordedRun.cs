using Protean.Benchmarks.Chaos.Histories;
using Protean.Benchmarks.Chaos.Judging;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Tests;

/// <summary>
/// A run of three commits, in which nothing is wrong: 1.1 and 1.2 on stream a, 1.3 with everything that a commit can have. A test spoils
/// something in it.
/// </summary>
internal sealed class RecordedRun
{
    public const string First = "1.1";
    public const string Second = "1.2";
    public const string Full = "1.3";

    public RecordedRun()
    {
        Commit(new() { Tag = First, Appends = [new("a", ExpectedVersion.NoStream, [Id(1), Id(2)])] });
        Commit(new() { Tag = Second, Appends = [new("a", 1, [Id(3)])] });
        Commit(new()
        {
            Tag = Full,
            Appends = [new("a", 2, [Id(4)]), new("b", ExpectedVersion.NoStream, [Id(5), Id(6)])],
            Documents = [new("document", 1)],
            Checkpoint = new("checkpoint", 1),
            Key = "key",
            HasRow = true,
        });
    }

    public WorkerHistory History { get; } = new();

    public List<Met> Met { get; } = [];

    public List<MessageRow> Messages { get; } = [];

    public Dictionary<string, (long Version, List<string> Writers)> Documents { get; } = [];

    public Dictionary<string, (long Position, List<string> Movers)> Checkpoints { get; } = [];

    public Dictionary<string, string> Keys { get; } = [];

    public List<string> Rows { get; } = [];

    public List<StoreFinding> Findings { get; } = [];

    public static Guid Id(int number) => new(number, 0, 0, new byte[8]);

    public Verdict Judge() => Judgement.Of(History.Commitments, Met, new()
    {
        Messages = Messages,
        Documents = [.. Documents.Select(static document => new DocumentRow(document.Key, document.Value.Version, document.Value.Writers))],
        Checkpoints = [.. Checkpoints.Select(static checkpoint => new CheckpointRow(checkpoint.Key, checkpoint.Value.Position, checkpoint.Value.Movers))],
        Keys = Keys,
        Rows = Rows,
        Findings = Findings,
    });

    /// <summary>An attempt that the store takes and acknowledges.</summary>
    public void Commit(Attempt attempt)
    {
        History.Begin(attempt);
        var outcome = Take(attempt);
        History.End(outcome);
    }

    /// <summary>An attempt that the store takes, wholly, and says nothing about.</summary>
    public void TakeSilently(Attempt attempt)
    {
        History.Begin(attempt);
        Take(attempt);
    }

    /// <summary>An attempt that leaves nothing behind.</summary>
    public void End(Attempt attempt, OutcomeKind kind, string? error = null)
    {
        History.Begin(attempt);
        History.End(new() { Tag = attempt.Tag, Kind = kind, Error = error });
    }

    /// <summary>Takes what was there of a message out of the log, and out of what the reader has met.</summary>
    public void Forget(int message)
    {
        Messages.RemoveAll(row => row.Id == Id(message));
        Met.RemoveAll(met => met.Id == Id(message));
    }

    /// <summary>Puts a message at another place.</summary>
    public void Move(int message, Func<MessageRow, MessageRow> to)
    {
        var index = Messages.FindIndex(row => row.Id == Id(message));
        Messages[index] = to(Messages[index]);
        var met = Met.FindIndex(met => met.Id == Id(message));
        Met[met] = new(Messages[index].GlobalPosition, Id(message));
    }

    private Outcome Take(Attempt attempt)
    {
        var first = Messages.Count + 1;
        List<long> positions = [];
        foreach (var append in attempt.Appends)
        {
            positions.Add(Messages.Count(row => row.Stream == append.Stream));
            foreach (var id in append.Messages)
            {
                Met.Add(new(Messages.Count + 1, id));
                Messages.Add(new(id, append.Stream, Messages.Count(row => row.Stream == append.Stream), Messages.Count + 1));
            }
        }

        foreach (var document in attempt.Documents)
            Documents[document.Key] = (document.Version, [.. Documents.GetValueOrDefault(document.Key).Writers ?? [], attempt.Tag]);
        if (attempt.Checkpoint is { } checkpoint)
            Checkpoints[checkpoint.Name] = (checkpoint.Position, [.. Checkpoints.GetValueOrDefault(checkpoint.Name).Movers ?? [], attempt.Tag]);
        if (attempt.Key is { } key)
            Keys[key] = attempt.Tag;
        if (attempt.HasRow)
            Rows.Add(attempt.Tag);
        return new() { Tag = attempt.Tag, Kind = OutcomeKind.Acknowledged, FirstPosition = attempt.Appends.Count == 0 ? 0 : first, StreamPositions = positions };
    }
}
