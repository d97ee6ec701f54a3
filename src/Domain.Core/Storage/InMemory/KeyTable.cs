namespace Protean.Storage.InMemory;

/// <summary>What has been done once: idempotency keys, commit ids and marks. Every member is called under the store's gate.</summary>
internal sealed class KeyTable(TimeProvider time)
{
    private readonly Dictionary<(string Scope, string Key), KeyClaim> _keys = [];
    private readonly Dictionary<Guid, (CommitResult Result, DateTimeOffset At)> _commits = [];
    private readonly Dictionary<string, SortedSet<HandledMark>> _marks = [];
    private readonly Dictionary<string, long> _markFloors = [];

    public void Check(Commit commit)
    {
        var (releases, keys, marks) = (commit.KeyReleases, commit.Keys, commit.Marks);
        for (var i = 0; i < keys.Count; i++)
        {
            if (_keys.TryGetValue((keys[i].Scope, keys[i].Key), out var taken) && !IsReleased(taken, releases))
                throw new DuplicateKeyException(keys[i].Scope, keys[i].Key);
        }

        for (var i = 0; i < marks.Count; i++)
        {
            if (IsMarked(marks[i], commit.MarkPurges))
                throw Conflict.Of(marks[i]);
        }
    }

    public void Apply(Commit commit)
    {
        var (releases, keys, marks) = (commit.KeyReleases, commit.Keys, commit.Marks);
        for (var i = 0; i < releases.Count; i++)
        {
            var key = (releases[i].Scope, releases[i].Key);
            if (_keys.TryGetValue(key, out var taken) && taken.PayloadHash == releases[i].PayloadHash)
                _keys.Remove(key);
        }

        for (var i = 0; i < keys.Count; i++)
            _keys.Add((keys[i].Scope, keys[i].Key), keys[i]);
        foreach (var purge in commit.MarkPurges)
            _marks.GetValueOrDefault(purge.Handler)?.RemoveWhere(mark => IsIn(mark, purge));
        for (var i = 0; i < marks.Count; i++)
        {
            if (!_marks.TryGetValue(marks[i].Handler, out var taken))
                _marks.Add(marks[i].Handler, taken = new(Comparer<HandledMark>.Create(Compare)));
            taken.Add(marks[i]);
        }
    }

    public bool TryGetResult(Guid commit, out CommitResult result)
    {
        var found = _commits.TryGetValue(commit, out var taken);
        result = taken.Result with { AlreadyCommitted = true };
        return found;
    }

    public void Remember(Guid commit, in CommitResult result) => _commits.Add(commit, (result, time.GetUtcNow()));

    public ClaimedKey? Find(string scope, string key) =>
        _keys.TryGetValue((scope, key), out var claim) ? new(scope, key, claim.PayloadHash, claim.Outcome, claim.At) : null;

    public long Purge(DateTimeOffset before)
    {
        var purged = 0L;
        foreach (var (key, claim) in _keys)
            purged += claim.At < before && _keys.Remove(key) ? 1 : 0;
        foreach (var (id, commit) in _commits)
            purged += commit.At < before && _commits.Remove(id) ? 1 : 0;
        return purged;
    }

    public IReadOnlyList<HandledMark> Marks(string handler, long after, long upTo)
    {
        var found = new List<HandledMark>();
        if (!_marks.TryGetValue(handler, out var marks))
            return found;
        foreach (var mark in marks)
        {
            if (mark.GlobalPosition > after && mark.GlobalPosition <= upTo)
                found.Add(mark);
        }

        return found;
    }

    public void PurgeMarks(string handler, long upTo)
    {
        if (_marks.TryGetValue(handler, out var marks))
            marks.RemoveWhere(mark => mark.GlobalPosition <= upTo);
        _markFloors[handler] = Math.Max(upTo, _markFloors.GetValueOrDefault(handler));
    }

    private static bool IsIn(HandledMark mark, MarkPurge purge) =>
        mark.Handler == purge.Handler && mark.GlobalPosition > purge.After && mark.GlobalPosition <= purge.UpTo;

    private bool IsMarked(HandledMark mark, IReadOnlyList<MarkPurge> purges) =>
        mark.GlobalPosition <= _markFloors.GetValueOrDefault(mark.Handler)
        || (_marks.TryGetValue(mark.Handler, out var taken) && taken.Contains(mark) && !purges.Any(purge => IsIn(mark, purge)));

    private static bool IsReleased(in KeyClaim taken, IReadOnlyList<KeyRelease> releases)
    {
        var release = new KeyRelease(taken.Scope, taken.Key, taken.PayloadHash);
        for (var i = 0; i < releases.Count; i++)
        {
            if (releases[i] == release)
                return true;
        }

        return false;
    }

    private static int Compare(HandledMark left, HandledMark right)
    {
        var byPosition = left.GlobalPosition.CompareTo(right.GlobalPosition);
        return byPosition != 0 ? byPosition : CodePointOrder.Compare(left.Method, right.Method);
    }
}
