using System.Data.Common;

namespace Protean.Storage;

/// <summary>Everything that one unit of work changes. A store takes all of it, atomically, or nothing.</summary>
public sealed class Commit
{
    /// <summary>
    /// Makes the commit idempotent: a store that has already taken a commit with this id changes nothing and returns the first result.
    /// None (the default) costs nothing and means that a repeat is another commit.
    /// </summary>
    public Guid? Id { get; init; }

    /// <summary>Messages to append, a stream at most once. Global positions of one commit are consecutive, in this order.</summary>
    public IReadOnlyList<StreamAppend> Appends { get; init; } = [];

    /// <summary>
    /// Documents to write or delete, an address at most once. Their order means nothing: unique indexes hold at the end of the commit, so that
    /// a value can move from one document to another.
    /// </summary>
    public IReadOnlyList<DocumentWrite> Documents { get; init; } = [];

    /// <summary>Changes to the generations of collections, in this order. They take effect before the documents of the same commit are written.</summary>
    public IReadOnlyList<GenerationChange> Generations { get; init; } = [];

    /// <summary>Checkpoints to move, a checkpoint at most once.</summary>
    public IReadOnlyList<CheckpointMove> Checkpoints { get; init; } = [];

    /// <summary>Changes of ownership of checkpoints, a checkpoint at most once. They take effect before the checkpoints of the same commit are moved, which name the new epoch.</summary>
    public IReadOnlyList<LeaseChange> Leases { get; init; } = [];

    /// <summary>
    /// Handlers, or partitions of them, whose failure records are all removed, each at most once. They take effect before the failure records of the
    /// same commit are written, whose expected revision is then that of a record that does not exist.
    /// </summary>
    public IReadOnlyList<FailurePurge> FailurePurges { get; init; } = [];

    /// <summary>Failure records to write or remove, a record at most once.</summary>
    public IReadOnlyList<FailureWrite> Failures { get; init; } = [];

    /// <summary>
    /// Idempotency keys to give back, a key at most once. They take effect before the claims of the same commit, so that a release and a claim
    /// replace what is kept under a key.
    /// </summary>
    public IReadOnlyList<KeyRelease> KeyReleases { get; init; } = [];

    /// <summary>Idempotency keys to claim, a key at most once. A key that is taken refuses the commit.</summary>
    public IReadOnlyList<KeyClaim> Keys { get; init; } = [];

    /// <summary>Marks that a handler has handled a message out of its turn. A mark that is there, or lies at or below where those of its handler were purged, refuses the commit.</summary>
    public IReadOnlyList<HandledMark> Marks { get; init; } = [];

    /// <summary>Marks to remove, a range at most once. They take effect before the marks of the same commit are written, and leave no floor: a mark may be set there again.</summary>
    public IReadOnlyList<MarkPurge> MarkPurges { get; init; } = [];

    /// <summary>
    /// The user's own SQL. Such a commit goes to the database alone, under the same lock; a store without SQL refuses it
    /// with <see cref="NotSupportedException"/>.
    /// </summary>
    public IReadOnlyList<Func<DbConnection, DbTransaction, CancellationToken, Task>> UserWork { get; init; } = [];

    /// <summary>Whether there is nothing to write.</summary>
    public bool IsEmpty =>
        Appends.Count == 0 && Documents.Count == 0 && Generations.Count == 0 && Checkpoints.Count == 0 && Leases.Count == 0
        && FailurePurges.Count == 0 && Failures.Count == 0 && KeyReleases.Count == 0 && Keys.Count == 0 && Marks.Count == 0 && MarkPurges.Count == 0 && UserWork.Count == 0;
}

/// <summary>Messages for one stream.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="ExpectedVersion">The position of its last message, or a constant of <see cref="Storage.ExpectedVersion"/>.</param>
/// <param name="Messages">At least one message.</param>
public readonly record struct StreamAppend(StreamName Stream, long ExpectedVersion, IReadOnlyList<NewMessage> Messages);

/// <summary>What a commit has become.</summary>
/// <param name="HeadBefore">A position from which the commit comes next: what was there before is not above it, and nothing stands between it and the commit.</param>
/// <param name="FirstPosition">The global position of the first appended message; 0 without appends.</param>
/// <param name="Head">The last global position after the commit.</param>
/// <param name="StreamPositions">For each append, in order, the position of its first message in its stream.</param>
/// <param name="AlreadyCommitted">Whether a commit with the same id was there before, whose result this is.</param>
public readonly record struct CommitResult(
    long HeadBefore,
    long FirstPosition,
    long Head,
    IReadOnlyList<long> StreamPositions,
    bool AlreadyCommitted = false);

/// <summary>
/// Gives a key back, if it is claimed with this hash. A key that is free, or claimed with another hash, is left as it is: that is no error.
/// </summary>
/// <param name="Scope">What the key is unique in.</param>
/// <param name="Key">The key.</param>
/// <param name="PayloadHash">The hash that it was claimed with.</param>
public readonly record struct KeyRelease(string Scope, string Key, string PayloadHash);

/// <summary>Claims a key until it is released or purged, so that whatever it stands for happens once.</summary>
/// <param name="Scope">What the key is unique in, such as a command type and tenant: 1 to 250 characters.</param>
/// <param name="Key">The key, 1 to 250 characters.</param>
/// <param name="PayloadHash">A hash of what was done under the key, so that other content under the same key is noticed.</param>
/// <param name="Outcome">What is handed out to those who come later; may be empty.</param>
/// <param name="At">When it was claimed.</param>
public readonly record struct KeyClaim(string Scope, string Key, string PayloadHash, ReadOnlyMemory<byte> Outcome, DateTimeOffset At);

/// <summary>
/// Marks that a handler's method has handled a message. The engine's own delivery counts too: up to where the marks of a handler were purged,
/// its subscription has been, and a mark there is refused with <see cref="DuplicateKeyException"/> as if it still stood.
/// </summary>
/// <param name="Handler">The durable name of the handler.</param>
/// <param name="Method">The method's name within the handler.</param>
/// <param name="GlobalPosition">The message.</param>
public readonly record struct HandledMark(string Handler, string Method, long GlobalPosition);

/// <summary>Removes the marks of a handler after a global position and up to another.</summary>
/// <param name="Handler">The durable name of the handler.</param>
/// <param name="After">The position after which marks are removed.</param>
/// <param name="UpTo">The last position whose marks are removed.</param>
public readonly record struct MarkPurge(string Handler, long After = 0, long UpTo = long.MaxValue);
