using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Protean;

/// <summary>What happens to members of stored JSON that the type of today does not know.</summary>
public enum UnknownMemberPolicy
{
    /// <summary>They are tolerated and counted: meter <c>Protean</c>, counter <c>protean.unknown_members</c>. The default.</summary>
    Count,

    /// <summary>They make the message or document unreadable until the type, a rename or an upcaster accounts for them.</summary>
    Refuse,
}

/// <summary>Collects the unknown members that the serializer meets on this thread.</summary>
internal static class UnknownMembers
{
    [ThreadStatic]
    private static Dictionary<string, JsonElement>? s_met;

    /// <summary>Lets the serializer put what it does not know where it can be counted.</summary>
    public static void CountIn(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || type.Properties.Any(p => p.IsExtensionData))
            return;
        var collector = type.CreateJsonPropertyInfo(typeof(Dictionary<string, JsonElement>), "$unknown");
        collector.IsExtensionData = true;
        collector.Get = static _ => s_met ??= [];
        collector.Set = static (_, _) => { };
        type.Properties.Add(collector);
    }

    /// <summary>The names that were met since the last call.</summary>
    public static IReadOnlyCollection<string> Take()
    {
        if (s_met is not { Count: > 0 } met)
            return [];
        s_met = null;
        return met.Keys;
    }
}
