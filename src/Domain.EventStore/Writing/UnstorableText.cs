using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>Finds the text that PostgreSQL would not take. It is looked for only after the database has said no, so that what is right costs nothing.</summary>
internal static class UnstorableText
{
    /// <returns>What is wrong, and where; nothing if it is something else that was refused.</returns>
    public static ArgumentException? Find(Commit commit) =>
        First(commit.Appends.SelectMany(static append => Names(append.Stream).Concat(append.Messages.SelectMany(message => Texts(append.Stream, message)))).Concat(Texts(commit)))
        ?? commit.Appends.SelectMany(static append => append.Messages.Select(message => Body(append.Stream, message)))
            .Concat(commit.Documents.Select(static write => write.Body is { } body ? UnstorableBody.Find(write, body.Span) : null))
            .FirstOrDefault(static problem => problem is not null);

    /// <inheritdoc cref="Find(Commit)"/>
    public static ArgumentException? Find(StreamName stream, NewMessage message) => First(Names(stream).Concat(Texts(stream, message))) ?? Body(stream, message);

    /// <summary>Checks a text that is written on its own.</summary>
    public static void Check(string? text, string what)
    {
        if (First([(what, text)]) is { } problem)
            throw problem;
    }

    private static IEnumerable<(string What, string? Text)> Names(StreamName stream) => [("The name of stream", stream.Value)];

    private static IEnumerable<(string What, string? Text)> Texts(StreamName stream, NewMessage message)
    {
        var subject = Subject(stream, message);
        yield return ($"The type of {subject}", message.Type);
        yield return ($"The correlation id of {subject}", message.Metadata.CorrelationId);
        yield return ($"The cause stream of {subject}", message.Metadata.CauseStream);
        yield return ($"The origin stream of {subject}", message.Metadata.OriginStream);
        yield return ($"The root stream of {subject}", message.Metadata.RootStream);
        yield return ($"The trace parent of {subject}", message.Metadata.TraceParent);
    }

    private static IEnumerable<(string What, string? Text)> Texts(Commit commit) =>
        commit.Documents.SelectMany(static write => Texts(write))
            .Concat(commit.Checkpoints.SelectMany(static move => Texts(move.Key, null, move.Data)))
            .Concat(commit.Leases.SelectMany(static lease => Texts(lease.Key, lease.Owner, lease.Data)))
            .Concat(commit.FailurePurges.Select(static purge => ("The handler of a purge of failures", (string?)purge.Handler)))
            .Concat(commit.Failures.SelectMany(static failure => Texts(failure)))
            .Concat(commit.KeyReleases.SelectMany(static release => Texts(release.Scope, release.Key, release.PayloadHash)))
            .Concat(commit.Keys.SelectMany(static key => Texts(key.Scope, key.Key, key.PayloadHash)))
            .Concat(commit.MarkPurges.Select(static purge => ("The handler of a purge of marks", (string?)purge.Handler)))
            .Concat(commit.Marks.SelectMany(static mark => new[] { ("The handler of a mark", (string?)mark.Handler), ($"The method of a mark of '{mark.Handler}'", mark.Method) }));

    private static IEnumerable<(string What, string? Text)> Texts(DocumentWrite write) =>
        [($"The key of a document of '{write.Collection}'", write.Key), ($"The stamp of {Conflict.Subject(write)}", write.Stamp)];

    private static IEnumerable<(string What, string? Text)> Texts(CheckpointKey key, string? owner, string? data) =>
        [("The name of a checkpoint", key.Name), ($"The owner of checkpoint '{key.Name}'", owner), ($"The data of checkpoint '{key.Name}'", data)];

    private static IEnumerable<(string What, string? Text)> Texts(FailureWrite write)
    {
        var subject = Conflict.Subject(write.Key);
        return
        [
            ("The handler of a failure", write.Key.Handler),
            ($"The method of a failure of '{write.Key.Handler}'", write.Key.Method),
            ($"The message type of {subject}", write.Record?.MessageType),
            ($"The stream of {subject}", write.Record?.Stream),
            ($"The park key of {subject}", write.Record?.ParkKey),
        ];
    }

    private static IEnumerable<(string What, string? Text)> Texts(string scope, string key, string payloadHash) =>
        [("The scope of an idempotency key", scope), ($"An idempotency key of '{scope}'", key), ($"The payload hash of key '{key}' of '{scope}'", payloadHash)];

    private static string Subject(StreamName stream, NewMessage message) => $"message {message.Id} for stream '{stream}'";

    private static ArgumentException? First(IEnumerable<(string What, string? Text)> texts)
    {
        foreach (var (what, text) in texts)
        {
            if (text?.Contains('\0', StringComparison.Ordinal) == true)
                return new($"{what} has the character U+0000, which PostgreSQL cannot store: remove it.");
            if (!IsUnicode(text))
                return new($"{what} has half of a surrogate pair, which is no Unicode: remove it.");
        }

        return null;
    }

    private static bool IsUnicode(ReadOnlySpan<char> text)
    {
        for (var rest = text; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var read) != OperationStatus.Done)
                return false;
            rest = rest[read..];
        }

        return true;
    }

    private static ArgumentException? Body(StreamName stream, NewMessage message)
    {
        var body = message.Body.Span;
        var subject = $"The body of {Subject(stream, message)}";
        if (body.Contains((byte)0))
            return new($"{subject} has the character U+0000, which PostgreSQL cannot store: remove it.");
        if (!Utf8.IsValid(body))
            return new($"{subject} is not valid UTF-8.");
        try
        {
            var reader = new Utf8JsonReader(body);
            while (reader.Read())
            {
            }
        }
        catch (JsonException error)
        {
            return new($"{subject} is not valid JSON: {error.Message}", error);
        }

        return null;
    }
}
