namespace Protean.Brokers;

/// <summary>A message in the words of CloudEvents 1.0, which programs of every language know.</summary>
public sealed record CloudEvent
{
    /// <summary>The media type of the JSON form.</summary>
    public const string ContentType = "application/cloudevents+json";

    /// <summary>The id, unique within its source.</summary>
    public required string Id { get; init; }

    /// <summary>Who says it.</summary>
    public required string Source { get; init; }

    /// <summary>What kind of thing has happened.</summary>
    public required string Type { get; init; }

    /// <summary>Whom it has happened to.</summary>
    public string? Subject { get; init; }

    /// <summary>When it happened.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The media type of the data. Nothing means JSON.</summary>
    public string? DataContentType { get; init; }

    /// <summary>Where the schema of the data is described.</summary>
    public string? DataSchema { get; init; }

    /// <summary>The data: UTF-8 JSON, or the bytes of another media type. Empty if there is none.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Further attributes, by their names: lower-case letters and digits. Numbers and booleans are given as text.</summary>
    public IReadOnlyDictionary<string, string> Extensions { get; init; } = BrokerMessage.NoHeaders;

    /// <summary>Whether the data is JSON.</summary>
    public bool HasJson => IsJson(DataContentType);

    internal static bool IsJson(string? mediaType)
    {
        if (mediaType is null)
            return true;
        var end = mediaType.IndexOf(';', StringComparison.Ordinal);
        var type = (end < 0 ? mediaType : mediaType[..end]).Trim();
        return type.EndsWith("/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>What was received is no CloudEvent.</summary>
public sealed class CloudEventFormatException : ProteanException
{
    internal CloudEventFormatException(string problem, Exception? innerException = null)
        : base($"This is no CloudEvent in its JSON form: {problem}.", innerException)
    {
    }
}
