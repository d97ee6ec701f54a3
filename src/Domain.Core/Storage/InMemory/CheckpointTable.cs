namespace Protean.Storage.InMemory;

/// <summary>Checkpoints, who owns them, and which nodes are alive. Every member is called under the store's gate.</summary>
internal sealed class CheckpointTable(TimeProvider time)
{
    private readonly Dictionary<CheckpointKey, Row> _rows = [];
    private readonly Dictionary<CheckpointKey, long> _lastEpochs = [];
    private readonly Dictionary<string, Node> _nodes = [];

    public IReadOnlyCollection<CheckpointKey> Keys => _rows.Keys;

    public Checkpoint? Find(CheckpointKey key) => _rows.TryGetValue(key, out var row) ? Describe(key, row) : null;

    public IReadOnlyList<Checkpoint> List(string? name)
    {
        var found = new List<Checkpoint>();
        foreach (var (key, row) in _rows)
        {
            if (name is null || key.Name == name)
                found.Add(Describe(key, row));
        }

        found.Sort(static (left, right) => Compare(left.Key, right.Key));
        return found;
    }

    public IReadOnlyList<NodeStatus> Hear(Heartbeat heartbeat)
    {
        var now = time.GetUtcNow();
        if (heartbeat.Lifetime == TimeSpan.Zero)
            _nodes.Remove(heartbeat.Node);
        else
            _nodes[heartbeat.Node] = new(Until(now, heartbeat.Lifetime), heartbeat.Data);

        var found = new List<NodeStatus>(_nodes.Count);
        foreach (var (name, node) in _nodes)
            found.Add(new(name, node.AliveUntil, node.AliveUntil > now, node.Data));
        found.Sort(static (left, right) => CodePointOrder.Compare(left.Node, right.Node));
        return found;
    }

    public void Check(IReadOnlyList<LeaseChange> leases, IReadOnlyList<CheckpointMove> moves)
    {
        for (var i = 0; i < leases.Count; i++)
            CheckLease(leases[i], _rows.GetValueOrDefault(leases[i].Key));
        for (var i = 0; i < moves.Count; i++)
        {
            var move = moves[i];
            var row = _rows.GetValueOrDefault(move.Key);
            var epoch = IsLeased(leases, move.Key) ? EpochAfter(move.Key, row) : row.Epoch;
            if (epoch != move.Epoch)
                throw Conflict.Epoch(move.Key, move.Epoch, epoch);
            if (row.Position != move.ExpectedPosition)
                throw Conflict.Position(move.Key, move.ExpectedPosition, row.Position);
        }
    }

    public void Apply(IReadOnlyList<LeaseChange> leases, IReadOnlyList<CheckpointMove> moves)
    {
        for (var i = 0; i < leases.Count; i++)
        {
            var lease = leases[i];
            var row = _rows.GetValueOrDefault(lease.Key);
            _rows[lease.Key] = row with { Epoch = EpochAfter(lease.Key, row), Owner = lease.Owner, Data = lease.Data ?? row.Data };
        }

        for (var i = 0; i < moves.Count; i++)
        {
            var move = moves[i];
            var row = _rows.GetValueOrDefault(move.Key);
            if (move.Remove)
                Remove(move.Key, row);
            else
                _rows[move.Key] = row with { Position = move.Position, Data = move.Data ?? row.Data };
        }
    }

    /// <summary>An epoch never comes back, or who held it before a removal could move what others have made anew.</summary>
    private long EpochAfter(CheckpointKey key, Row row) => Math.Max(row.Epoch, _lastEpochs.GetValueOrDefault(key)) + 1;

    private void Remove(CheckpointKey key, Row row)
    {
        _rows.Remove(key);
        if (row.Epoch > 0)
            _lastEpochs[key] = row.Epoch;
    }

    private static bool IsLeased(IReadOnlyList<LeaseChange> leases, CheckpointKey key)
    {
        for (var i = 0; i < leases.Count; i++)
        {
            if (leases[i].Key == key)
                return true;
        }

        return false;
    }

    private static int Compare(CheckpointKey left, CheckpointKey right)
    {
        var byName = CodePointOrder.Compare(left.Name, right.Name);
        return byName != 0 ? byName : left.Partition.CompareTo(right.Partition);
    }

    private static DateTimeOffset Until(DateTimeOffset now, TimeSpan lifetime) =>
        lifetime < DateTimeOffset.MaxValue - now ? now + lifetime : DateTimeOffset.MaxValue;

    private void CheckLease(in LeaseChange lease, Row row)
    {
        if (row.Epoch != lease.ExpectedEpoch)
            throw Conflict.Epoch(lease.Key, lease.ExpectedEpoch, row.Epoch);
        if (!lease.Force && lease.Owner is not null && row.Owner is not null && row.Owner != lease.Owner && IsAlive(row.Owner))
            throw Conflict.Owned(lease.Key, row.Owner);
    }

    private bool IsAlive(string? owner) =>
        owner is not null && _nodes.TryGetValue(owner, out var node) && node.AliveUntil > time.GetUtcNow();

    private Checkpoint Describe(CheckpointKey key, Row row) => new(key, row.Position, row.Epoch, row.Owner, IsAlive(row.Owner), row.Data);

    private readonly record struct Row(long Position, long Epoch, string? Owner, string? Data);

    private readonly record struct Node(DateTimeOffset AliveUntil, string? Data);
}
