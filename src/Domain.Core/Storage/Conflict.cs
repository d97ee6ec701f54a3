namespace Protean.Storage;

/// <summary>Says what is in conflict, in the same words in every store.</summary>
public static class Conflict
{
    /// <summary>What a document is called in messages.</summary>
    public static string Subject(in DocumentWrite write) => $"document '{write.Key}' of '{write.Collection}'";

    /// <summary>What a failure record is called in messages.</summary>
    public static string Subject(FailureKey key) => $"failure of '{key.Handler}.{key.Method}' at position {key.GlobalPosition}";

    /// <summary>A stream is not at the expected version.</summary>
    public static ConcurrencyException Of(StreamName stream, long expectedVersion, long actualVersion) =>
        new(stream.Value, expectedVersion, actualVersion);

    /// <summary>A document is not at the expected version.</summary>
    public static ConcurrencyException Of(in DocumentWrite write, long actualVersion) =>
        new(Subject(write), write.ExpectedVersion, actualVersion);

    /// <summary>A failure record is not at the expected revision.</summary>
    public static ConcurrencyException Of(in FailureWrite write, long actualRevision) =>
        new(Subject(write.Key), write.ExpectedRevision, actualRevision);

    /// <summary>A message was handled before: its mark is there, or was purged.</summary>
    public static DuplicateKeyException Of(in HandledMark mark) =>
        new(mark.Handler, $"{mark.Method}@{mark.GlobalPosition}", $"'{mark.Handler}.{mark.Method}' cannot handle the message at position {mark.GlobalPosition}: it was handled already.");

    /// <summary>A checkpoint's epoch is not the caller's.</summary>
    public static CheckpointLostException Epoch(CheckpointKey key, long expectedEpoch, long actualEpoch) =>
        new(key, $"is at epoch {actualEpoch}, and {expectedEpoch} was expected: another node has taken it");

    /// <summary>A checkpoint does not stand where the caller takes it for.</summary>
    public static CheckpointLostException Position(CheckpointKey key, long expectedPosition, long actualPosition) =>
        new(key, $"stands at position {actualPosition}, and {expectedPosition} was expected: somebody else moved it");

    /// <summary>A checkpoint belongs to a node that is alive.</summary>
    public static CheckpointLostException Owned(CheckpointKey key, string owner) => new(key, $"belongs to '{owner}', which is alive");
}
