using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Protean.Storage;

namespace Protean;

/// <summary>How the state of one type is written as a document and read back, from older schemas too.</summary>
internal sealed class StoredState
{
    private readonly Type _type;
    private readonly int _version;
    private readonly IReadOnlyDictionary<int, Func<JsonObject, JsonObject>> _upcasters;
    private readonly JsonTypeInfo _stored;
    private readonly MemberRenames? _renames;
    private readonly UnknownMemberPolicy _unknownMembers;

    public StoredState(Type type, int version, StateFormat format, JsonSerializerOptions stored, IReadOnlyDictionary<int, Func<JsonObject, JsonObject>> upcasters, UnknownMemberPolicy unknownMembers)
    {
        _type = type;
        _version = version;
        _upcasters = upcasters;
        _unknownMembers = unknownMembers;
        Format = format;
        _stored = stored.GetTypeInfo(type);
        _renames = MemberRenames.Of(format.Options.GetTypeInfo(type));
    }

    public StateFormat Format { get; }

    /// <summary>The stamp of documents that can be upcast: <c>v{N}</c>.</summary>
    public string VersionStamp => $"v{_version}";

    /// <summary>The stamp of documents that can be made again: it changes whenever the fields or their types do.</summary>
    public string ShapeStamp
    {
        get
        {
            var shape = new StringBuilder();
            Describe(Format.Options.GetTypeInfo(_type), shape, []);
            return $"v{_version}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(shape.ToString())).AsSpan(0, 6))}";
        }
    }

    public byte[] Write(object state) => Format.Write(state);

    /// <summary>Reads a stored document.</summary>
    /// <exception cref="MessageFormatException">The document is not what the type needs.</exception>
    public object Read(StoredDocument document, string collection)
    {
        try
        {
            var state = Parse(document) ?? throw new JsonException("The JSON is null.");
            var unknown = UnknownMembers.Take();
            if (unknown.Count > 0)
                Account(unknown);
            return state;
        }
        catch (Exception e)
        {
            UnknownMembers.Take();
            throw new MessageFormatException(_type, "cannot be read from the store", e, $"document '{document.Key}' of '{collection}', version {document.Version}");
        }
    }

    private static void Describe(JsonTypeInfo type, StringBuilder shape, HashSet<Type> seen)
    {
        shape.Append(type.Type.FullName);
        if (!seen.Add(type.Type))
            return;
        if (type.ElementType is { } element)
            Describe(type.Options.GetTypeInfo(element), shape, seen);
        if (type.Kind != JsonTypeInfoKind.Object)
            return;
        foreach (var property in type.Properties.OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            shape.Append('|').Append(property.Name).Append(':');
            Describe(type.Options.GetTypeInfo(property.PropertyType), shape, seen);
        }
    }

    private object? Parse(StoredDocument document)
    {
        var version = VersionIn(document.Stamp);
        var body = document.Body.Span;
        if (version > _version)
            throw new JsonException($"It was written by a newer schema (version {version}) than this program knows (version {_version}).");
        if (version == _version && _renames?.AppliesTo(body) != true)
            return JsonSerializer.Deserialize(body, _stored);
        var reader = new Utf8JsonReader(body);
        var json = JsonNode.Parse(ref reader) as JsonObject ?? throw new JsonException("The JSON is no object.");
        for (var v = version; v < _version; v++)
            json = _upcasters.GetValueOrDefault(v, static j => j)(json) ?? throw new JsonException($"The upcaster from version {v} returned nothing.");
        _renames?.Apply(json);
        return json.Deserialize(_stored);
    }

    private int VersionIn(string stamp)
    {
        var end = stamp.IndexOf('-', StringComparison.Ordinal);
        return stamp is ['v', ..] && int.TryParse(stamp.AsSpan(1, (end < 0 ? stamp.Length : end) - 1), out var version) ? version : _version;
    }

    private void Account(IReadOnlyCollection<string> unknown)
    {
        if (_unknownMembers == UnknownMemberPolicy.Refuse)
            throw new JsonException($"It has members that {_type.Name} does not know: {string.Join(", ", unknown)}. Rename them with [FormerName], or raise [SchemaVersion] and upcast");
        Telemetry.UnknownMembers.Add(unknown.Count, new KeyValuePair<string, object?>("protean.type", _type.Name));
    }
}
