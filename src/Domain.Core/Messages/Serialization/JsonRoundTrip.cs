using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Protean;

/// <summary>Finds what would be written as JSON and silently lost when it is read again.</summary>
internal static class JsonRoundTrip
{
    /// <summary>The members that would be lost, in a type or in the types inside it, a sentence each.</summary>
    public static IEnumerable<string> ProblemsOf(JsonTypeInfo type) => ProblemsOf(type, []);

    private static IEnumerable<string> ProblemsOf(JsonTypeInfo type, HashSet<Type> seen)
    {
        if (!seen.Add(type.Type))
            return [];
        if (type.ElementType is { } element)
            return ProblemsOf(type.Options.GetTypeInfo(element), seen);
        if (type.Kind != JsonTypeInfoKind.Object)
            return [];
        return OwnProblemsOf(type).Concat(type.Properties
            .Where(p => !p.IsExtensionData && p.Get is not null)
            .SelectMany(p => ProblemsOf(type.Options.GetTypeInfo(p.PropertyType), seen)));
    }

    private static IEnumerable<string> OwnProblemsOf(JsonTypeInfo type)
    {
        var name = type.Type.Name;
        if (typeof(DomainObject).IsAssignableFrom(type.Type))
            yield break;
        if (!CanBeMade(type.Type))
            yield return $"{name} is stored as JSON but has no public constructor to be made again with: add one, or mark one with [JsonConstructor].";
        foreach (var property in type.Properties)
        {
            if (property.AttributeProvider is PropertyInfo member && property.Get is not null && property.Set is null && property.AssociatedParameter is null && HoldsItsValue(member))
                yield return $"{name}.{member.Name} is stored but would not be read back, because nothing outside can set it: make it '{{ get; init; }}', take it in the constructor, or mark it [JsonInclude] or [JsonIgnore].";
        }
    }

    private static bool CanBeMade(Type type) =>
        type.IsValueType || type.IsAbstract || type.GetConstructors().Length > 0
        || type.GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic).Any(c => c.IsDefined(typeof(JsonConstructorAttribute)));

    /// <summary>A property that is computed needs no setter: it is computed again.</summary>
    private static bool HoldsItsValue(PropertyInfo property) =>
        property.DeclaringType!.GetField($"<{property.Name}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic) is not null;
}
