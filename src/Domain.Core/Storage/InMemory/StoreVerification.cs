namespace Protean.Storage.InMemory;

/// <summary>A snapshot with the version of the stream it belongs to, both as they were at one moment.</summary>
internal readonly record struct StoredSnapshot(string Collection, string Key, long Version, long StreamVersion)
{
    /// <summary>The stream whose id stands in the key behind the first slash.</summary>
    public static StreamName? StreamOf(string category, string key)
    {
        var id = key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..];
        return StreamName.TryParse($"{category}-{id}", out var stream) ? stream : null;
    }
}

/// <summary>Looks through what was taken out of a store at one moment.</summary>
internal sealed class StoreVerification(
    ReadOnlyMemory<LogEntry> log, long head, IReadOnlyList<Checkpoint> checkpoints, IReadOnlyList<StoredSnapshot> snapshots)
{
    public IEnumerable<StoreFinding> Findings()
    {
        var versions = new Dictionary<StreamName, long>();
        var ids = new HashSet<Guid>();
        for (var i = 0; i < log.Length; i++)
        {
            var message = log.Span[i].Message;
            if (versions.TryGetValue(message.Stream, out var last) && message.Position != last + 1)
                yield return new(StoreProblem.StreamGap, message.Stream.Value, $"position {message.Position} follows {last}");
            versions[message.Stream] = message.Position;
            if (!ids.Add(message.Id))
                yield return new(StoreProblem.DuplicateMessageId, message.Id.ToString(), $"it stands at global position {message.GlobalPosition}, and before");
            if (message.Checksum is { } expected && Checksum.Compute(message.Body.Span) is var actual && actual != expected)
                yield return new(StoreProblem.ChecksumMismatch, message.Id.ToString(), $"the body's checksum is {actual:x8}, and {expected:x8} was stored");
        }

        foreach (var checkpoint in checkpoints)
        {
            if (checkpoint.Position > head)
                yield return new(StoreProblem.CheckpointBeyondHead, $"{checkpoint.Key.Name}/{checkpoint.Key.Partition}", $"it stands at {checkpoint.Position}, and the log ends at {head}");
        }

        foreach (var snapshot in snapshots)
        {
            if (snapshot.Version > snapshot.StreamVersion + 1)
                yield return new(StoreProblem.SnapshotAheadOfStream, $"{snapshot.Collection}/{snapshot.Key}", $"it holds {snapshot.Version} messages, and its stream {snapshot.StreamVersion + 1}");
        }
    }
}
