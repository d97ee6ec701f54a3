using Protean.Storage;

namespace Protean.EventStore.Conformance;

/// <summary>Commits of one kind.</summary>
public static class Commits
{
    public static Commit Append(StreamName stream, long expectedVersion, params NewMessage[] messages) =>
        new() { Appends = [new(stream, expectedVersion, messages)] };

    public static Commit Append(params StreamAppend[] appends) => new() { Appends = appends };

    public static Commit Write(params DocumentWrite[] documents) => new() { Documents = documents };

    public static Commit Change(string collection, GenerationAction action, long generation, long expectedLive = 0) =>
        new() { Generations = [new(collection, action, generation, expectedLive)] };

    public static Commit Move(CheckpointKey key, long from, long to, long epoch = 0, string? data = null) =>
        new() { Checkpoints = [new(key, from, to, epoch, Data: data)] };

    public static Commit Remove(CheckpointKey key, long position, long epoch = 0) =>
        new() { Checkpoints = [new(key, position, position, epoch, Remove: true)] };

    public static Commit Lease(CheckpointKey key, long expectedEpoch, string? owner, bool force = false, string? data = null) =>
        new() { Leases = [new(key, expectedEpoch, owner, force, data)] };

    public static Commit Fail(FailureRecord record, long expectedRevision = FailureWrite.AnyRevision) =>
        new() { Failures = [new(record.Key, expectedRevision, record)] };

    public static Commit Forget(FailureKey key, long expectedRevision) => new() { Failures = [new(key, expectedRevision, null)] };

    public static Commit Purge(params FailurePurge[] purges) => new() { FailurePurges = purges };

    public static Commit Claim(params KeyClaim[] keys) => new() { Keys = keys };

    public static Commit Release(params KeyRelease[] releases) => new() { KeyReleases = releases };

    public static Commit Mark(params HandledMark[] marks) => new() { Marks = marks };
}
