using Protean.Storage;

namespace Protean.Engine;

/// <summary>The messages of a commit as the store would return them.</summary>
internal static class StoredCommit
{
    /// <param name="commit">The commit.</param>
    /// <param name="result">What it has become.</param>
    /// <param name="categories">The only categories to take; none is all.</param>
    public static List<StoredMessage> Messages(Commit commit, CommitResult result, HashSet<string>? categories)
    {
        var messages = new List<StoredMessage>();
        var position = result.FirstPosition;
        for (var a = 0; a < commit.Appends.Count; a++)
        {
            var (stream, _, appended) = commit.Appends[a];
            var isWanted = categories is null || categories.Contains(stream.Category);
            for (var i = 0; i < appended.Count; i++, position++)
            {
                if (isWanted)
                    messages.Add(Stored(appended[i], stream, result.StreamPositions[a] + i, position));
            }
        }

        return messages;
    }

    public static StoredMessage Stored(in NewMessage message, StreamName stream, long position, long globalPosition) => new()
    {
        GlobalPosition = globalPosition,
        Stream = stream,
        Position = position,
        Id = message.Id,
        Type = message.Type,
        Kind = message.Kind,
        Time = StoreTime.Of(message.Time),
        Checksum = message.Checksum,
        Metadata = message.Metadata,
        Body = message.Body,
    };
}
