using System.Numerics;
using System.Text.Json;

namespace Protean.Storage;

/// <summary>What every store checks of a commit before it looks at its own state. A broken rule throws an <see cref="ArgumentException"/> that names the culprit.</summary>
public static class CommitValidation
{
    /// <summary>The longest name of a checkpoint, handler, method, node or member.</summary>
    public const int MaxNameLength = 200;

    /// <summary>The longest key of a document, and the longest scope and key of an idempotency key.</summary>
    public const int MaxKeyLength = 250;

    /// <summary>The longest body of a message or document, in bytes.</summary>
    public const int MaxBodyLength = 100 * 1024 * 1024;

    /// <summary>The work that a user gave to a commit has ended the transaction of both.</summary>
    internal static InvalidOperationException TransactionEnded(Exception? cause = null) => new(
        "The work given to OnCommit has ended the transaction it runs in. Leave committing and rolling back to the unit of work: an exception takes everything back.", cause);

    /// <summary>Checks a whole commit. Whether its collections are declared is for the store to say.</summary>
    /// <exception cref="ArgumentException">Something in it can never be written.</exception>
    public static void Check(Commit commit)
    {
        ArgumentNullException.ThrowIfNull(commit);
        if (commit.Id == Guid.Empty)
            throw new ArgumentException("The id of a commit is empty: leave it out, or give each commit its own.", nameof(commit));
        CheckAppends(commit.Appends);
        CheckDocuments(commit.Documents);
        CheckGenerations(commit.Generations);
        CheckCheckpoints(commit.Checkpoints);
        CheckLeases(commit.Leases);
        CheckPurges(commit.FailurePurges);
        CheckFailures(commit.Failures);
        CheckReleases(commit.KeyReleases);
        CheckKeys(commit.Keys);
        CheckMarks(commit.Marks);
        CheckMarkPurges(commit.MarkPurges);
        ArgumentNullException.ThrowIfNull(commit.UserWork);
    }

    /// <summary>Checks a stream's name.</summary>
    /// <exception cref="ArgumentException">It is not the name of a stream.</exception>
    public static void CheckStream(StreamName stream) => StoreText.CheckStream(stream, nameof(stream));

    /// <summary>Checks one message on its way to a stream.</summary>
    /// <exception cref="ArgumentException">It has no id, type, body or correlation id, or not exactly one kind.</exception>
    public static void CheckMessage(StreamName stream, in NewMessage message)
    {
        if (message.Id == Guid.Empty)
            throw new ArgumentException($"A message for stream '{stream}' has no id.", nameof(message));
        if (string.IsNullOrEmpty(message.Type))
            throw new ArgumentException($"Message {message.Id} for stream '{stream}' has no type.", nameof(message));
        if (!BitOperations.IsPow2((int)message.Kind) || (message.Kind & ~MessageKind.All) != 0)
            throw new ArgumentException($"Message {message.Id} for stream '{stream}' has the kind '{message.Kind}', and must have exactly one.", nameof(message));
        if (message.Body.IsEmpty)
            throw new ArgumentException($"Message {message.Id} for stream '{stream}' has no body.", nameof(message));
        if (message.Body.Length > MaxBodyLength)
            throw new ArgumentException($"Message {message.Id} for stream '{stream}' has {message.Body.Length} bytes, and {MaxBodyLength} are the most.", nameof(message));
        if (string.IsNullOrEmpty(message.Metadata?.CorrelationId))
            throw new ArgumentException($"Message {message.Id} for stream '{stream}' has no correlation id.", nameof(message));
    }

    /// <summary>Checks what is handed to <see cref="IEventStore.TruncateStreamAsync"/>.</summary>
    /// <exception cref="ArgumentException">The position is negative, or the message is no baseline.</exception>
    public static void CheckTruncation(StreamName stream, long position, in NewMessage baseline)
    {
        CheckStream(stream);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        CheckMessage(stream, baseline);
        if (baseline.Kind != MessageKind.Baseline)
            throw new ArgumentException($"Stream '{stream}' cannot be truncated to a message of kind {baseline.Kind}: it must be a baseline.", nameof(baseline));
    }

    /// <summary>Checks what is handed to <see cref="IEventStore.ArchiveStreamAsync"/>.</summary>
    /// <exception cref="ArgumentException">The expected version is none, or the message is no tombstone.</exception>
    public static void CheckArchive(StreamName stream, long expectedVersion, in NewMessage tombstone)
    {
        CheckStream(stream);
        CheckExpectedVersion(stream, expectedVersion);
        CheckMessage(stream, tombstone);
        if (tombstone.Kind != MessageKind.Tombstone)
            throw new ArgumentException($"Stream '{stream}' cannot be closed with a message of kind {tombstone.Kind}: it must be a tombstone.", nameof(tombstone));
    }

    private static void CheckAppends(IReadOnlyList<StreamAppend> appends)
    {
        ArgumentNullException.ThrowIfNull(appends);
        for (var i = 0; i < appends.Count; i++)
        {
            var append = appends[i];
            StoreText.CheckStream(append.Stream, nameof(appends));
            CheckExpectedVersion(append.Stream, append.ExpectedVersion);
            if (append.Messages is null || append.Messages.Count == 0)
                throw new ArgumentException($"The append to stream '{append.Stream}' has no messages.", nameof(appends));
            for (var m = 0; m < append.Messages.Count; m++)
                CheckMessage(append.Stream, append.Messages[m]);
        }

        CheckDistinct(appends, static append => append.Stream, "stream");
    }

    private static void CheckExpectedVersion(StreamName stream, long expectedVersion)
    {
        if (expectedVersion < ExpectedVersion.Any)
            throw new ArgumentException($"Stream '{stream}' cannot be expected at version {expectedVersion}.", nameof(expectedVersion));
    }

    private static void CheckDocuments(IReadOnlyList<DocumentWrite> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        for (var i = 0; i < documents.Count; i++)
        {
            var write = documents[i];
            StoreText.Check(write.Collection, "The collection of a document", MaxNameLength, nameof(documents));
            StoreText.Check(write.Key, $"The key of a document of '{write.Collection}'", MaxKeyLength, nameof(documents));
            if (write.ExpectedVersion is < ExpectedDocument.Absent and not (ExpectedDocument.Any or ExpectedDocument.Older))
                throw new ArgumentException($"{Conflict.Subject(write)} cannot be expected at version {write.ExpectedVersion}.", nameof(documents));
            if (write.Body is { } body)
                CheckBody(write, body.Span);
            else if (write.ExpectedVersion == ExpectedDocument.Older)
                throw new ArgumentException($"{Conflict.Subject(write)} cannot be deleted over an older version: a delete has no version.", nameof(documents));
        }

        CheckDistinct(documents, static write => new DocumentAddress(write.Collection, write.Key, write.Generation), "document");
    }

    private static void CheckBody(in DocumentWrite write, ReadOnlySpan<byte> body)
    {
        if (write.Version < 1)
            throw new ArgumentException($"{Conflict.Subject(write)} cannot get version {write.Version}: the first is 1.", nameof(write));
        if (body.Length > MaxBodyLength)
            throw new ArgumentException($"{Conflict.Subject(write)} has {body.Length} bytes, and {MaxBodyLength} are the most.", nameof(write));
        try
        {
            var reader = new Utf8JsonReader(body);
            if (reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.TrySkip() && !reader.Read())
                return;
        }
        catch (JsonException error)
        {
            throw new ArgumentException($"{Conflict.Subject(write)} is not valid JSON: {error.Message}", nameof(write), error);
        }

        throw new ArgumentException($"{Conflict.Subject(write)} is not a JSON object.", nameof(write));
    }

    private static void CheckGenerations(IReadOnlyList<GenerationChange> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        for (var i = 0; i < changes.Count; i++)
        {
            var change = changes[i];
            StoreText.Check(change.Collection, "The collection of a generation", MaxNameLength, nameof(changes));
            if (change.Generation < 0)
                throw new ArgumentException($"Collection '{change.Collection}' cannot have generation {change.Generation}: the first is 0.", nameof(changes));
            if (change.Action is < GenerationAction.Begin or > GenerationAction.Drop)
                throw new ArgumentException($"Generation {change.Generation} of '{change.Collection}' has the unknown action {change.Action}.", nameof(changes));
        }
    }

    private static void CheckCheckpoints(IReadOnlyList<CheckpointMove> moves)
    {
        ArgumentNullException.ThrowIfNull(moves);
        for (var i = 0; i < moves.Count; i++)
        {
            var move = moves[i];
            CheckCheckpoint(move.Key, move.Epoch);
            if (move.ExpectedPosition < 0 || move.Position < 0)
                throw new ArgumentException($"Checkpoint '{move.Key.Name}' cannot move from {move.ExpectedPosition} to {move.Position}: positions begin at 0.", nameof(moves));
        }

        CheckDistinct(moves, static move => move.Key, "checkpoint");
    }

    private static void CheckLeases(IReadOnlyList<LeaseChange> leases)
    {
        ArgumentNullException.ThrowIfNull(leases);
        for (var i = 0; i < leases.Count; i++)
        {
            CheckCheckpoint(leases[i].Key, leases[i].ExpectedEpoch);
            StoreText.CheckOptional(leases[i].Owner, "The owner of a checkpoint", MaxNameLength, nameof(leases));
        }

        CheckDistinct(leases, static lease => lease.Key, "lease of checkpoint");
    }

    private static void CheckCheckpoint(CheckpointKey key, long epoch)
    {
        StoreText.Check(key.Name, "The name of a checkpoint", MaxNameLength, nameof(key));
        if (key.Partition < -1)
            throw new ArgumentException($"Checkpoint '{key.Name}' cannot have partition {key.Partition}.", nameof(key));
        if (epoch < 0)
            throw new ArgumentException($"Checkpoint '{key.Name}' cannot have epoch {epoch}: the first is 0.", nameof(epoch));
    }

    private static void CheckPurges(IReadOnlyList<FailurePurge> purges)
    {
        ArgumentNullException.ThrowIfNull(purges);
        for (var i = 0; i < purges.Count; i++)
            StoreText.Check(purges[i].Handler, "The handler of a purge of failures", MaxNameLength, nameof(purges));
        CheckDistinct(purges, static purge => purge, "purge of failures");
    }

    private static void CheckFailures(IReadOnlyList<FailureWrite> failures)
    {
        ArgumentNullException.ThrowIfNull(failures);
        for (var i = 0; i < failures.Count; i++)
        {
            var (key, expectedRevision, record) = failures[i];
            CheckHandling(key.Handler, key.Method, key.GlobalPosition);
            if (expectedRevision < FailureWrite.AnyRevision)
                throw new ArgumentException($"{Conflict.Subject(key)} cannot be expected at revision {expectedRevision}.", nameof(failures));
            if (record is not null)
                CheckFailure(key, record);
        }

        CheckDistinct(failures, static failure => failure.Key, "failure");
    }

    private static void CheckFailure(FailureKey key, FailureRecord record)
    {
        if (record.Key != key)
            throw new ArgumentException($"{Conflict.Subject(key)} is written with a record of {record.Key}.", nameof(record));
        if (record.MessageType is null || record.Stream is null || record.Attempts is null)
            throw new ArgumentException($"{Conflict.Subject(key)} lacks its message type, stream or attempts.", nameof(record));
        if (record.Status is < FailureStatus.Retrying or > FailureStatus.Dead)
            throw new ArgumentException($"{Conflict.Subject(key)} has the unknown status {record.Status}.", nameof(record));
    }

    private static void CheckReleases(IReadOnlyList<KeyRelease> releases)
    {
        ArgumentNullException.ThrowIfNull(releases);
        for (var i = 0; i < releases.Count; i++)
            CheckKey(releases[i].Scope, releases[i].Key, releases[i].PayloadHash);
        CheckDistinct(releases, static release => (release.Scope, release.Key), "released key");
    }

    private static void CheckKeys(IReadOnlyList<KeyClaim> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        for (var i = 0; i < keys.Count; i++)
            CheckKey(keys[i].Scope, keys[i].Key, keys[i].PayloadHash);
        CheckDistinct(keys, static key => (key.Scope, key.Key), "key");
    }

    private static void CheckKey(string scope, string key, string payloadHash)
    {
        StoreText.Check(scope, "The scope of an idempotency key", MaxKeyLength, nameof(scope));
        StoreText.Check(key, $"An idempotency key of '{scope}'", MaxKeyLength, nameof(key));
        if (payloadHash is null)
            throw new ArgumentException($"Key '{key}' of '{scope}' has no payload hash.", nameof(payloadHash));
    }

    private static void CheckMarks(IReadOnlyList<HandledMark> marks)
    {
        ArgumentNullException.ThrowIfNull(marks);
        for (var i = 0; i < marks.Count; i++)
            CheckHandling(marks[i].Handler, marks[i].Method, marks[i].GlobalPosition);
        CheckDistinct(marks, static mark => mark, "mark");
    }

    private static void CheckMarkPurges(IReadOnlyList<MarkPurge> purges)
    {
        ArgumentNullException.ThrowIfNull(purges);
        for (var i = 0; i < purges.Count; i++)
            StoreText.Check(purges[i].Handler, "The handler of a purge of marks", MaxNameLength, nameof(purges));
        CheckDistinct(purges, static purge => purge, "purge of marks");
    }

    private static void CheckHandling(string handler, string method, long globalPosition)
    {
        StoreText.Check(handler, "The name of a handler", MaxNameLength, nameof(handler));
        StoreText.Check(method, $"The method of handler '{handler}'", MaxNameLength, nameof(method));
        if (globalPosition < 1)
            throw new ArgumentException($"Handler '{handler}' cannot have handled a message at position {globalPosition}: the first is 1.", nameof(globalPosition));
    }

    private static void CheckDistinct<TItem, TKey>(IReadOnlyList<TItem> items, Func<TItem, TKey> keyOf, string what)
    {
        if (items.Count < 2)
            return;
        var seen = new HashSet<TKey>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            var key = keyOf(items[i]);
            if (!seen.Add(key))
                throw new ArgumentException($"A commit names the {what} '{key}' twice.", nameof(items));
        }
    }
}
