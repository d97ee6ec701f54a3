namespace Protean.Benchmarks.Chaos.Workers;

/// <summary>What a commit is like.</summary>
internal enum CommitKind
{
    /// <summary>Messages for one stream at its expected version.</summary>
    Plain,

    /// <summary>Messages for several streams.</summary>
    Several,

    /// <summary>Messages, and documents at their expected versions.</summary>
    Documents,

    /// <summary>Messages, and a checkpoint that moves from its expected position.</summary>
    Checkpoint,

    /// <summary>A checkpoint that moves, and no message.</summary>
    CheckpointAlone,

    /// <summary>Messages under an idempotency key.</summary>
    Keyed,

    /// <summary>Messages, and a row that the user's own SQL adds.</summary>
    UserSql,

    /// <summary>Messages under a commit id; sent again after some acknowledgements and after every doubt.</summary>
    Repeatable,

    /// <summary>All of it in one commit.</summary>
    Everything,
}

internal static class CommitKinds
{
    private static readonly CommitKind[] _mix =
    [
        .. Enumerable.Repeat(CommitKind.Plain, 8),
        .. Enumerable.Repeat(CommitKind.Several, 3),
        .. Enumerable.Repeat(CommitKind.Documents, 3),
        .. Enumerable.Repeat(CommitKind.Checkpoint, 2),
        CommitKind.CheckpointAlone,
        .. Enumerable.Repeat(CommitKind.Keyed, 3),
        .. Enumerable.Repeat(CommitKind.UserSql, 2),
        .. Enumerable.Repeat(CommitKind.Repeatable, 2),
        CommitKind.Everything,
    ];

    public static CommitKind Next(Random random) => _mix[random.Next(_mix.Length)];
}
