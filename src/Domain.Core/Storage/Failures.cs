namespace Protean.Storage;

/// <summary>What a failure is kept under: one method of one handler, and one message.</summary>
/// <param name="Handler">The durable name of the handler.</param>
/// <param name="Method">The method's name within the handler.</param>
/// <param name="GlobalPosition">The message.</param>
public readonly record struct FailureKey(string Handler, string Method, long GlobalPosition);

/// <summary>Where a failed delivery stands.</summary>
public enum FailureStatus
{
    /// <summary>It will be tried again.</summary>
    Retrying,

    /// <summary>It waits behind an earlier failure of its stream or partition key, untried.</summary>
    Parked,

    /// <summary>It is tried no more, until somebody replays or purges it.</summary>
    Dead,
}

/// <summary>One try that failed.</summary>
/// <param name="At">When.</param>
/// <param name="ExceptionType">The full name of the exception's type.</param>
/// <param name="Message">The exception's message.</param>
/// <param name="Detail">The exception with its stack.</param>
public sealed record FailureAttempt(DateTimeOffset At, string ExceptionType, string Message, string Detail);

/// <summary>A delivery that failed.</summary>
public sealed record FailureRecord
{
    /// <summary>What it is kept under.</summary>
    public required FailureKey Key { get; init; }

    /// <summary>The partition of the subscription that the message fell into.</summary>
    public int Partition { get; init; }

    /// <summary>The id of the message.</summary>
    public required Guid MessageId { get; init; }

    /// <summary>The name of the message's type.</summary>
    public required string MessageType { get; init; }

    /// <summary>The stream of the message.</summary>
    public required string Stream { get; init; }

    /// <summary>The message's position in its stream.</summary>
    public required long StreamPosition { get; init; }

    /// <summary>Where it stands.</summary>
    public required FailureStatus Status { get; init; }

    /// <summary>The stream or partition key that waits behind it.</summary>
    public string? ParkKey { get; init; }

    /// <summary>How often the recovery has tried it again.</summary>
    public int Retries { get; init; }

    /// <summary>When it is tried next.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>When it first failed or was parked.</summary>
    public required DateTimeOffset FailedAt { get; init; }

    /// <summary>When it changed last.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Every try, the first one first.</summary>
    public IReadOnlyList<FailureAttempt> Attempts { get; init; } = [];

    /// <summary>Grows by one with every write; given by the store.</summary>
    public long Revision { get; init; }
}

/// <summary>Writes or removes a failure record.</summary>
/// <param name="Key">What it is kept under.</param>
/// <param name="ExpectedRevision">The revision that was read; 0 for a record that does not exist; -1 for whatever is there.</param>
/// <param name="Record">The record to write; none removes it.</param>
public readonly record struct FailureWrite(FailureKey Key, long ExpectedRevision, FailureRecord? Record)
{
    /// <summary>Whatever revision is there, or none.</summary>
    public const long AnyRevision = -1;
}

/// <summary>Removes all failure records of a handler, or of one of its partitions.</summary>
/// <param name="Handler">The durable name of the handler.</param>
/// <param name="Partition">The partition; none is all of them.</param>
public readonly record struct FailurePurge(string Handler, int? Partition = null);

/// <summary>Asks for failure records, ordered by handler, global position and method. <see cref="After"/> and <see cref="Take"/> are its paging.</summary>
public sealed record FailureQuery
{
    /// <summary>Only this handler.</summary>
    public string? Handler { get; init; }

    /// <summary>Only this partition.</summary>
    public int? Partition { get; init; }

    /// <summary>Only this status.</summary>
    public FailureStatus? Status { get; init; }

    /// <summary>Only this type of message.</summary>
    public string? MessageType { get; init; }

    /// <summary>Only what waits with this stream or partition key.</summary>
    public string? ParkKey { get; init; }

    /// <summary>Only what failed at this time or later.</summary>
    public DateTimeOffset? FailedFrom { get; init; }

    /// <summary>Only what failed before this time.</summary>
    public DateTimeOffset? FailedBefore { get; init; }

    /// <summary>Only what is due to be tried again by this time.</summary>
    public DateTimeOffset? DueBy { get; init; }

    /// <summary>Only records that come after this one.</summary>
    public FailureKey? After { get; init; }

    /// <summary>The most records to return: 1 or more.</summary>
    public int Take { get; init; } = 100;
}

/// <summary>An idempotency key that is taken.</summary>
/// <param name="Scope">What it is unique in.</param>
/// <param name="Key">The key.</param>
/// <param name="PayloadHash">The hash of what was done under it.</param>
/// <param name="Outcome">What was handed in with the claim.</param>
/// <param name="At">When it was claimed.</param>
public sealed record ClaimedKey(string Scope, string Key, string PayloadHash, ReadOnlyMemory<byte> Outcome, DateTimeOffset At);
