using System.Text.Json;
using Protean.Brokers;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>A message of the log on its way through the broker to a partition.</summary>
/// <param name="Message">The message.</param>
/// <param name="After">Between this position and the message nothing stands in the log that is for the partition, as far as the same filter chooses.</param>
/// <param name="Filter">By which filter it was chosen.</param>
internal readonly record struct StreamedMessage(StoredMessage Message, long After, string Filter);

/// <summary>Writes messages of the log for the broker, and reads them: the body as it is, the rest in a header.</summary>
internal static class StreamEnvelope
{
    private const string Header = "protean-message";

    public static BrokerMessage Write(StreamedMessage streamed, StreamTopology topology, int partition)
    {
        var stored = streamed.Message;
        Told told = new(stored.GlobalPosition, streamed.After, streamed.Filter, stored.Stream.Value, stored.Position, stored.Type, (int)stored.Kind, stored.Time, stored.Checksum, stored.Metadata);
        return new()
        {
            Id = stored.Id.ToString(),
            Topic = topology.Topic,
            Key = topology.KeyOf(partition),
            Body = stored.Body,
            ContentType = "application/json",
            Headers = new Dictionary<string, string>(1) { [Header] = JsonSerializer.Serialize(told, JsonSerializerOptions.Web) },
            Time = stored.Time,
        };
    }

    /// <summary>Reads a message.</summary>
    /// <exception cref="FormatException">It is none that an engine has published.</exception>
    public static StreamedMessage Read(BrokerMessage message)
    {
        if (!message.Headers.TryGetValue(Header, out var header))
            throw new FormatException($"It has no header '{Header}'.");
        try
        {
            var told = JsonSerializer.Deserialize<Told>(header, JsonSerializerOptions.Web)!;
            if (told.At <= 0 || told.After < 0 || told.After >= told.At || message.Body.IsEmpty || told.Metadata.CorrelationId is null)
                throw new FormatException($"Its header '{Header}' contradicts itself.");
            var stored = new StoredMessage
            {
                GlobalPosition = told.At,
                Stream = StreamName.Parse(told.Stream),
                Position = told.Position,
                Id = Guid.Parse(message.Id),
                Type = told.Type,
                Kind = (MessageKind)told.Kind,
                Time = told.Time,
                Body = message.Body,
                Checksum = told.Checksum,
                Metadata = told.Metadata,
            };
            return new(stored, told.After, told.Filter);
        }
        catch (Exception error) when (error is JsonException or InvalidStreamNameException or NullReferenceException or ArgumentNullException)
        {
            throw new FormatException($"Its header '{Header}' cannot be read.", error);
        }
    }

    private sealed record Told(
        long At, long After, string Filter, string Stream, long Position, string Type, int Kind, DateTimeOffset Time, uint? Checksum, MessageMetadata Metadata);
}
