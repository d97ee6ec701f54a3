namespace Protean.Storage;

/// <summary>What a stream looks like from outside.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Version">The position of its last message.</param>
/// <param name="FirstPosition">The position of the first message that is still there.</param>
/// <param name="Count">How many messages are there.</param>
/// <param name="FirstTime">When the first of them happened.</param>
/// <param name="LastTime">When the last of them happened.</param>
/// <param name="IsArchived">Whether the stream is closed.</param>
public sealed record StreamStatistics(
    StreamName Stream, long Version, long FirstPosition, long Count, DateTimeOffset FirstTime, DateTimeOffset LastTime, bool IsArchived);

/// <summary>What a category looks like from outside.</summary>
/// <param name="Category">The category.</param>
/// <param name="Streams">How many streams it has.</param>
/// <param name="Messages">How many messages they have.</param>
/// <param name="LastPosition">The global position of the last one.</param>
public sealed record CategoryStatistics(string Category, long Streams, long Messages, long LastPosition);

/// <summary>What <see cref="IEventStore.VerifyAsync"/> looks for.</summary>
public enum StoreProblem
{
    /// <summary>A position is missing between two messages of a stream, or its first messages are missing without a baseline in their place.</summary>
    StreamGap,

    /// <summary>Two messages have one id.</summary>
    DuplicateMessageId,

    /// <summary>A body does not match its checksum.</summary>
    ChecksumMismatch,

    /// <summary>A checkpoint stands beyond the end of the log.</summary>
    CheckpointBeyondHead,

    /// <summary>A snapshot is newer than its stream.</summary>
    SnapshotAheadOfStream,
}

/// <summary>Something in a store that cannot be right.</summary>
/// <param name="Problem">What is wrong.</param>
/// <param name="Subject">The stream, message, checkpoint or document.</param>
/// <param name="Detail">What was found and what was expected.</param>
public sealed record StoreFinding(StoreProblem Problem, string Subject, string Detail);

/// <summary>What a snapshot collection belongs to, so that its documents can be compared with their streams.</summary>
/// <param name="Collection">The collection of the snapshots, whose keys are <c>{stamp}/{id}</c>; the stamp has no slash, the id may.</param>
/// <param name="Category">The category of their streams.</param>
public sealed record SnapshotCollection(string Collection, string Category);
