using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Protean;

/// <summary>A registered type of message: its name in the store, and how it is written and read.</summary>
public sealed class MessageType
{
    private readonly Func<JsonObject, JsonObject>[] _upcasters;
    private readonly JsonTypeInfo _writing;
    private readonly JsonTypeInfo _stored;
    private readonly MemberRenames? _renames;
    private readonly int _oldestVersion;

    internal MessageType(MessageTypeDraft draft, string name, MessageSettings settings)
    {
        ClrType = draft.ClrType;
        Name = name;
        Version = draft.Version;
        IsExternal = draft.ExternalName is not null;
        IsForeign = draft.ForeignNames.Count > 0;
        Category = draft.IsEvent ? draft.Category ?? EventCategories.Of(ClrType) : null;
        _oldestVersion = draft.OldestVersion;
        _upcasters = [.. Enumerable.Range(1, draft.Version - 1).Select(v => draft.Upcasters.GetValueOrDefault(v, static json => json))];
        _writing = settings.Writing.GetTypeInfo(ClrType);
        _stored = settings.Stored.GetTypeInfo(ClrType);
        _renames = MemberRenames.Of(_writing);
    }

    /// <summary>The CLR type.</summary>
    public Type ClrType { get; }

    /// <summary>The name in the store, <c>{Domain}.{Class}.v{N}</c>.</summary>
    public string Name { get; }

    /// <summary>The version of the schema.</summary>
    public int Version { get; }

    /// <summary>Whether another domain writes it.</summary>
    public bool IsExternal { get; }

    /// <summary>What it is about, if it is an event.</summary>
    public EventCategory? Category { get; }

    /// <summary>Whether subscribers take it in as others write it.</summary>
    internal bool IsForeign { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal byte[] Write(object payload)
    {
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(payload, _writing);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new MessageFormatException(ClrType, "cannot be written as JSON", e);
        }
    }

    /// <summary>Reads stored JSON of this or an older version.</summary>
    internal object Read(ReadOnlySpan<byte> json, int version) => version == Version && _renames?.AppliesTo(json) != true
        ? NotNull(JsonSerializer.Deserialize(json, _stored))
        : NotNull(Upcast(json, version).Deserialize(_stored));

    private JsonObject Upcast(ReadOnlySpan<byte> json, int version)
    {
        if (version < _oldestVersion)
            throw new JsonException($"It is of version {version}, and {ClrType.Name} was declared as stored since version {_oldestVersion}: add the upcasters from version {version} on");
        var reader = new Utf8JsonReader(json);
        var document = JsonNode.Parse(ref reader) as JsonObject ?? throw new JsonException("The JSON is no object.");
        for (var v = version; v < Version; v++)
            document = _upcasters[v - 1](document) ?? throw new JsonException($"The upcaster from version {v} returned nothing.");
        _renames?.Apply(document);
        return document;
    }

    private static object NotNull(object? payload) => payload ?? throw new JsonException("The JSON is null.");
}

/// <summary>What is known of a message type while the domain is being declared.</summary>
internal sealed class MessageTypeDraft(Type clrType)
{
    public Type ClrType { get; } = clrType;

    public int Version { get; } = clrType.GetCustomAttribute<SchemaVersionAttribute>()?.Version ?? 1;

    public bool IsEvent => typeof(IEvent).IsAssignableFrom(ClrType);

    /// <summary>The category it was given in the declaration of the domain.</summary>
    public EventCategory? Category { get; set; }

    public string? ExternalName { get; set; }

    /// <summary>The names that others give to what it is read from.</summary>
    public HashSet<string> ForeignNames { get; } = [];

    /// <summary>Whether an aggregate has said that it raises it.</summary>
    public bool IsRaised { get; set; }

    /// <summary>Whether it is made from messages of others.</summary>
    public bool IsTranslated { get; set; }

    public HashSet<string> FormerNames { get; } = [.. clrType.GetCustomAttributes<FormerNameAttribute>().Select(a => a.Name)];

    public Dictionary<int, Func<JsonObject, JsonObject>> Upcasters { get; } = [];

    /// <summary>How it goes outside, if it is a notification.</summary>
    public OutsideDraft Outside { get; } = new();

    /// <summary>The oldest version that is still stored somewhere.</summary>
    public int OldestVersion { get; set; } = 1;
}

/// <summary>How the messages of a domain are written and read.</summary>
internal sealed class MessageSettings(Action<JsonSerializerOptions> configure)
{
    public JsonSerializerOptions Writing { get; } = DomainJson.MessageOptions(configure);

    public JsonSerializerOptions Stored { get; } = DomainJson.StoredOptions(configure);

    public JsonSerializerOptions Input { get; } = DomainJson.InputOptions(configure);

    public UnknownMemberPolicy UnknownMembers { get; set; }

    public int MaxMessageBytes { get; set; } = 1_000_000;
}
