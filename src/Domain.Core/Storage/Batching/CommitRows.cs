namespace Protean.Storage.Batching;

/// <summary>The rows that the commits of a batch write under a condition. Each stands in a batch at most once; who comes second waits for the next.</summary>
internal sealed class CommitRows
{
    private readonly HashSet<Row> _rows = [];
    private readonly List<Row> _candidate = [];

    private enum Kind
    {
        Commit,
        Stream,
        Document,
        Checkpoint,
        Failure,
        Key,
        Mark,
    }

    /// <summary>Whether a commit can only be written on its own.</summary>
    public static bool GoesAlone(Commit commit) => commit.UserWork.Count > 0 || commit.Generations.Count > 0 || commit.FailurePurges.Count > 0 || commit.MarkPurges.Count > 0;

    public void Clear() => _rows.Clear();

    /// <summary>Adds the rows of a commit, if none of them is there already.</summary>
    public bool TryAdd(Commit commit)
    {
        _candidate.Clear();
        Collect(commit);
        foreach (var row in _candidate)
        {
            if (_rows.Contains(row))
                return false;
        }

        foreach (var row in _candidate)
            _rows.Add(row);
        return true;
    }

    private void Collect(Commit commit)
    {
        if (commit.Id is { } id)
            _candidate.Add(new(Kind.Commit, id.ToString("N")));
        for (var i = 0; i < commit.Appends.Count; i++)
            _candidate.Add(new(Kind.Stream, commit.Appends[i].Stream.Value));
        for (var i = 0; i < commit.Documents.Count; i++)
            _candidate.Add(new(Kind.Document, commit.Documents[i].Collection, commit.Documents[i].Key, commit.Documents[i].Generation));
        for (var i = 0; i < commit.Checkpoints.Count; i++)
            _candidate.Add(Of(commit.Checkpoints[i].Key));
        for (var i = 0; i < commit.Leases.Count; i++)
        {
            // A commit may lease a checkpoint and move it: that is one row.
            if (!_candidate.Contains(Of(commit.Leases[i].Key)))
                _candidate.Add(Of(commit.Leases[i].Key));
        }

        for (var i = 0; i < commit.Failures.Count; i++)
            _candidate.Add(new(Kind.Failure, commit.Failures[i].Key.Handler, commit.Failures[i].Key.Method, commit.Failures[i].Key.GlobalPosition));
        for (var i = 0; i < commit.Keys.Count; i++)
            _candidate.Add(new(Kind.Key, commit.Keys[i].Scope, commit.Keys[i].Key));
        for (var i = 0; i < commit.KeyReleases.Count; i++)
            _candidate.Add(new(Kind.Key, commit.KeyReleases[i].Scope, commit.KeyReleases[i].Key));
        for (var i = 0; i < commit.Marks.Count; i++)
            _candidate.Add(new(Kind.Mark, commit.Marks[i].Handler, commit.Marks[i].Method, commit.Marks[i].GlobalPosition));
    }

    private static Row Of(CheckpointKey key) => new(Kind.Checkpoint, key.Name, "", key.Partition);

    private readonly record struct Row(Kind Kind, string Scope, string Key = "", long Number = 0);
}
