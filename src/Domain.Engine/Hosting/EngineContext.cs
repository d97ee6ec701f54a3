using Protean.Storage;

namespace Protean.Engine;

/// <summary>What the parts of an engine share.</summary>
internal sealed class EngineContext(Domain domain, EngineLog log)
{
    public Domain Domain => domain;

    public IEventStore Store => domain.Store;

    public TimeProvider Time => domain.Time;

    public EngineLog Log => log;

    public MessageDelivery Delivery { get; } = new(domain);

    /// <summary>The end of the log; there from the start of the engine on.</summary>
    public Tail Tail { get; set; } = null!;

    /// <summary>Sent whenever a partition of this node has moved, or has nothing left to do.</summary>
    public Pulse Moved { get; } = new();

    public Backoff Backoff(string what) => new(what, Time, log);

    /// <summary>What has become of a commit that is known to be in the store.</summary>
    public async ValueTask<CommitResult> FindResultAsync(Commit commit, CancellationToken cancellationToken)
    {
        if (commit.Appends.Count == 0)
            return new(0, 0, await Store.GetHeadAsync(cancellationToken).ConfigureAwait(false), []);
        var positions = new long[commit.Appends.Count];
        var first = 0L;
        var count = 0;
        for (var i = 0; i < positions.Length; i++)
        {
            var found = await Store.FindMessageAsync(commit.Appends[i].Messages[0].Id, cancellationToken).ConfigureAwait(false)
                ?? throw new InvalidOperationException("A message of a commit that was taken is not in the store.");
            positions[i] = found.Position;
            first = i == 0 ? found.GlobalPosition : first;
            count += commit.Appends[i].Messages.Count;
        }

        return new(first - 1, first, first + count - 1, positions);
    }
}

/// <summary>A partition's checkpoint as a node has taken it.</summary>
/// <param name="Key">The checkpoint.</param>
/// <param name="Position">Where it stands.</param>
/// <param name="Epoch">The epoch under which the node owns it.</param>
internal readonly record struct PartitionLease(CheckpointKey Key, long Position, long Epoch);
