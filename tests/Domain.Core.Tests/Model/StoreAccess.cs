using System.Text;
using System.Text.Json.Nodes;
using Protean.Storage;

namespace Protean.Tests.Model;

/// <summary>Looks at what stands in a domain's store, and puts things there that a former version of a program has written.</summary>
internal static class StoreAccess
{
    public static async Task<IReadOnlyList<StoredMessage>> LogAsync(this Domain domain) =>
        (await domain.Store.ReadLogAsync(new() { After = 0, MaxCount = 1000, IncludeArchived = true })).Messages;

    public static async Task<IReadOnlyList<StoredMessage>> StreamAsync(this Domain domain, string stream) =>
        (await domain.Store.ReadStreamAsync(new() { Stream = StreamName.Parse(stream), MaxCount = 1000 })).Messages;

    public static async Task<JsonObject> StateAsync(this Domain domain, string collection, string key)
    {
        var document = await domain.Store.LoadDocumentAsync(new(collection, key));
        return JsonNode.Parse(document!.Body.Span)!.AsObject();
    }

    public static async Task PutDocumentAsync(this Domain domain, string collection, string key, string json, string stamp = "v1")
    {
        await domain.StartAsync();
        await domain.Store.CommitAsync(new()
        {
            Documents = [new() { Collection = collection, Key = key, ExpectedVersion = ExpectedDocument.Any, Version = 1, Stamp = stamp, Body = Encoding.UTF8.GetBytes(json) }],
        });
    }

    public static async Task<Guid> PutMessageAsync(
        this Domain domain, string stream, string type, string json, bool withChecksum = true, uint? checksum = null, MessageKind kind = MessageKind.Event)
    {
        await domain.StartAsync();
        var body = Encoding.UTF8.GetBytes(json);
        var message = new NewMessage
        {
            Id = Guid.CreateVersion7(),
            Type = type,
            Kind = kind,
            Time = DateTimeOffset.UtcNow,
            Body = body,
            Checksum = withChecksum ? checksum ?? Checksum.Compute(body) : null,
            Metadata = new() { CorrelationId = Guid.CreateVersion7().ToString() },
        };
        await domain.Store.CommitAsync(new() { Appends = [new(StreamName.Parse(stream), ExpectedVersion.Any, [message])] });
        return message.Id;
    }

    /// <summary>Everything that a failed call must leave as it was.</summary>
    public static async Task<(long Head, string? Document)> SnapshotAsync(this Domain domain, string collection, string key)
    {
        await domain.StartAsync();
        var document = await domain.Store.LoadDocumentAsync(new(collection, key));
        return (await domain.Store.GetHeadAsync(), document is null ? null : $"{document.Version} {Encoding.UTF8.GetString(document.Body.Span)}");
    }
}

/// <summary>A clock that stands still until it is set.</summary>
internal sealed class StandingClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
