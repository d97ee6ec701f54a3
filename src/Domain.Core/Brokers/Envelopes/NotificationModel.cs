using System.Globalization;
using System.IO.Compression;
using Protean.Storage;

namespace Protean.Brokers;

/// <summary>How notifications of one type go outside.</summary>
internal sealed class NotificationModel(MessageType type, string topic, OutsideDraft outside, string source)
{
    private const string Gzip = "gzip";

    public MessageType Type => type;

    public string Topic => topic;

    /// <summary>Puts a recorded notification in its envelope. What it has in the log of its domain besides, of streams and keys, stays there.</summary>
    public BrokerMessage ToMessage(StoredMessage stored, MessageTypes types)
    {
        // As of today: whoever listens knows one version.
        var payload = types.Read(stored)!;
        var metadata = stored.Metadata;
        Dictionary<string, string> extensions = new()
        {
            ["correlationid"] = metadata.CorrelationId,
            ["schemaversion"] = type.Version.ToString(CultureInfo.InvariantCulture),
            ["sequence"] = stored.Position.ToString(CultureInfo.InvariantCulture),
        };
        if (metadata.CausationId is { } cause)
            extensions["causationid"] = cause.ToString();
        if (metadata.TraceParent is { } trace)
            extensions["traceparent"] = trace;
        var body = CloudEventJson.Write(new()
        {
            Id = stored.Id.ToString(),
            Source = source,
            Type = type.Name,
            Subject = new(stored.Stream.Id),
            Time = stored.Time,
            DataContentType = outside.Format?.ContentType ?? "application/json",
            Data = outside.Format?.Write(payload) ?? type.Write(payload),
            Extensions = extensions,
        });
        var isCompressed = body.Length >= outside.CompressFrom;
        return new()
        {
            Id = stored.Id.ToString(),
            Topic = topic,
            Key = KeyOf(stored.Stream),
            Body = isCompressed ? Compress(body) : body,
            ContentType = CloudEvent.ContentType,
            ContentEncoding = isCompressed ? Gzip : null,
            Headers = metadata.Headers,
            Time = stored.Time,
        };
    }

    /// <summary>Whom it is about, without what its stream is called within the domain.</summary>
    private static string KeyOf(StreamName stream)
    {
        var category = DomainNaming.Unqualified(stream.Category);
        if (category.IndexOf(':') is var suffix and > 0)
            category = category[..suffix];
        return string.Concat(category, "-", stream.Id);
    }

    private static byte[] Compress(byte[] body)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(body);
        return compressed.ToArray();
    }
}
