using System.Text;
using Protean.Storage;

namespace Protean.EventStore.Conformance;

/// <summary>Valid parts of commits, of which a test names only what it is about.</summary>
public static class Sample
{
    /// <summary>A collection with unique indexes.</summary>
    public const string Carts = "shop::cart";

    /// <summary>A collection without unique indexes.</summary>
    public const string Views = "shop::view_1";

    /// <summary>The category of most streams.</summary>
    public const string Category = "shop::order";

    public static readonly StoreDefinition Definition = new(
        "shop",
        [
            new(Carts, [new("email", [["email"]], Unique: true), new("place", [["address", "city"], ["number"]], Unique: true), new("total", [["total"]], Unique: false)]),
            new(Views, [new("name", [["name"]], Unique: false)]),
        ]);

    public static readonly StreamName Stream = StreamOf("1");

    public static readonly DateTimeOffset Time = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static StreamName StreamOf(string id, string category = Category) => StreamName.Create(category, id);

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);

    public static NewMessage Message(
        string type = "Shop.OrderPlaced.v1",
        MessageKind kind = MessageKind.Event,
        string body = """{"quantity":1}""",
        DateTimeOffset? time = null,
        MessageMetadata? metadata = null,
        uint? checksum = null) => new()
        {
            Id = Guid.CreateVersion7(),
            Type = type,
            Kind = kind,
            Time = time ?? Time,
            Body = Utf8(body),
            Checksum = checksum,
            Metadata = metadata ?? new() { CorrelationId = "correlation" },
        };

    public static NewMessage[] Messages(int count) => Enumerable.Range(0, count).Select(n => Message(body: $$"""{"n":{{n}}}""")).ToArray();

    public static NewMessage CausedBy(string? causeStream, string? originStream = null) => Message(
        metadata: new() { CorrelationId = "correlation", CauseStream = causeStream, OriginStream = originStream });

    public static DocumentWrite Document(
        string key, string body = "{}", long version = 1, long expected = ExpectedDocument.Absent, long generation = 0, string collection = Carts) => new()
        {
            Collection = collection,
            Generation = generation,
            Key = key,
            ExpectedVersion = expected,
            Version = version,
            Stamp = "v1",
            Body = Utf8(body),
        };

    public static DocumentWrite Deletion(string key, long expected, long generation = 0, string collection = Carts) => new()
    {
        Collection = collection,
        Generation = generation,
        Key = key,
        ExpectedVersion = expected,
    };

    public static FailureRecord Failure(
        FailureKey key,
        FailureStatus status = FailureStatus.Retrying,
        int partition = 0,
        string messageType = "Shop.OrderPlaced.v1",
        string? parkKey = null,
        DateTimeOffset? failedAt = null,
        DateTimeOffset? nextAttemptAt = null) => new()
        {
            Key = key,
            Partition = partition,
            MessageId = Guid.CreateVersion7(),
            MessageType = messageType,
            Stream = Stream.Value,
            StreamPosition = 0,
            Status = status,
            ParkKey = parkKey,
            NextAttemptAt = nextAttemptAt,
            FailedAt = failedAt ?? Time,
            UpdatedAt = failedAt ?? Time,
        };

    public static KeyClaim Key(string key, string scope = "Shop.PlaceOrder", DateTimeOffset? at = null) =>
        new(scope, key, "hash", Utf8("""{"ok":true}"""), at ?? Time);
}
