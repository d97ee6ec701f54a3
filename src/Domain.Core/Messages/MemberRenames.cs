using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Protean;

/// <summary>The members of a type, and of the types inside it, that were stored under other names.</summary>
internal sealed class MemberRenames
{
    private readonly Dictionary<string, string> _own = [];
    private readonly List<(string Member, MemberRenames Inner)> _inner = [];
    private readonly Dictionary<string, MemberRenames> _derived = [];
    private string _discriminator = "";
    private MemberRenames? _each;
    private byte[][] _marks = [];

    /// <summary>The renames of a type; nothing when there are none.</summary>
    public static MemberRenames? Of(JsonTypeInfo type)
    {
        Dictionary<Type, MemberRenames> seen = [];
        var root = Build(type, seen);
        root._marks = [.. seen.Values.SelectMany(r => r._own.Keys).Distinct().Select(name => Encoding.UTF8.GetBytes($"\"{name}\""))];
        return root._marks.Length == 0 ? null : root;
    }

    /// <summary>Whether any former name stands in the JSON, so that most messages need no second look.</summary>
    public bool AppliesTo(ReadOnlySpan<byte> json)
    {
        foreach (var mark in _marks)
        {
            if (json.IndexOf(mark) >= 0)
                return true;
        }

        return false;
    }

    /// <summary>Gives the members the names of today. A member that is there under both keeps the value of its present name.</summary>
    public void Apply(JsonNode? node)
    {
        if (_each is not null)
        {
            foreach (var item in node as IEnumerable<JsonNode?> ?? (node as JsonObject)?.Select(member => member.Value) ?? [])
                _each.Apply(item);
            return;
        }

        if (node is not JsonObject document)
            return;
        if (_derived.Count > 0 && document[_discriminator] is { } kind && _derived.TryGetValue(kind.ToString(), out var derived))
            derived.Apply(document);
        foreach (var (former, present) in _own)
        {
            if (!document.Remove(former, out var value))
                continue;
            if (!document.ContainsKey(present))
                document[present] = value;
        }

        foreach (var (member, inner) in _inner)
            inner.Apply(document[member]);
    }

    private static MemberRenames Build(JsonTypeInfo type, Dictionary<Type, MemberRenames> seen)
    {
        if (Nullable.GetUnderlyingType(type.Type) is { } value)
            return Build(type.Options.GetTypeInfo(value), seen);
        if (seen.TryGetValue(type.Type, out var known))
            return known;
        var renames = seen[type.Type] = new MemberRenames();
        if (type.ElementType is { } element)
            renames._each = Build(type.Options.GetTypeInfo(element), seen);
        else if (type.Kind == JsonTypeInfoKind.Object)
            renames.AddMembers(type, seen);
        return renames;
    }

    private void AddMembers(JsonTypeInfo type, Dictionary<Type, MemberRenames> seen)
    {
        foreach (var property in type.Properties)
        {
            foreach (var former in FormerNames(type.Type, property))
            {
                _own[former] = property.Name;
                // Some will write the name as it was in C#.
                if (type.Options.PropertyNamingPolicy?.ConvertName(former) is { } json && type.Properties.All(p => p.Name != json))
                    _own[json] = property.Name;
            }

            _inner.Add((property.Name, Build(type.Options.GetTypeInfo(property.PropertyType), seen)));
        }

        if (type.PolymorphismOptions is not { } polymorphism)
            return;
        _discriminator = polymorphism.TypeDiscriminatorPropertyName;
        foreach (var derived in polymorphism.DerivedTypes.Where(d => d.TypeDiscriminator is not null && d.DerivedType != type.Type))
            _derived[derived.TypeDiscriminator!.ToString()!] = Build(type.Options.GetTypeInfo(derived.DerivedType), seen);
    }

    private static IEnumerable<string> FormerNames(Type type, JsonPropertyInfo property)
    {
        var declared = property.AttributeProvider is MemberInfo member ? member.GetCustomAttributes<FormerNameAttribute>() : [];
        // On a record's parameter the attribute stays with the parameter unless it says "property:".
        var parameters = type.GetConstructors().SelectMany(c => c.GetParameters())
            .Where(p => string.Equals(p.Name, (property.AttributeProvider as MemberInfo)?.Name, StringComparison.OrdinalIgnoreCase))
            .SelectMany(p => p.GetCustomAttributes<FormerNameAttribute>());
        return declared.Concat(parameters).Select(a => a.Name).Distinct();
    }
}
