using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Protean.Testing;

/// <summary>A value as a failure message shows it.</summary>
internal sealed class Shown
{
    // Text stands in the message as it was written, not as escapes.
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly object _value;
    private readonly string? _json;

    private Shown(object value, string? json, string typeName)
    {
        _value = value;
        _json = json;
        Lines = $"{typeName} {json ?? value.ToString()}".ReplaceLineEndings("\n").Split('\n');
    }

    public IReadOnlyList<string> Lines { get; }

    /// <summary>Makes the values of one comparison; types that share a name are told apart by their namespaces.</summary>
    public static (Shown[] Expected, Shown[] Actual) Of(IReadOnlyList<object> expected, IReadOnlyList<object> actual, JsonSerializerOptions json)
    {
        var shared = expected.Concat(actual).Select(v => v.GetType()).Distinct()
            .GroupBy(DomainNaming.ClassName).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet();
        return ([.. expected.Select(Show)], [.. actual.Select(Show)]);

        Shown Show(object value)
        {
            var type = value.GetType();
            var name = DomainNaming.ClassName(type);
            return new(value, Write(value, json), shared.Contains(name) ? type.FullName! : name);
        }
    }

    /// <summary>Whether both are of one type and equal, or would be stored as the same JSON: lists within records are equal by content only there.</summary>
    public bool IsSameAs(Shown other) =>
        _value.GetType() == other._value.GetType() && (_value.Equals(other._value) || (_json is not null && _json == other._json));

    private static string? Write(object value, JsonSerializerOptions json)
    {
        try
        {
            var node = JsonSerializer.SerializeToNode(value, json.GetTypeInfo(value.GetType()));
            return node is JsonObject or JsonArray ? node.ToJsonString(Pretty) : node?.ToJsonString(Pretty) ?? "null";
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
