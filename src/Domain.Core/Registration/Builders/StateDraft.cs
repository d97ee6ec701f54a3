using System.Linq.Expressions;
using System.Text.Json.Nodes;

namespace Protean;

/// <summary>What is known of a stored state while the domain is being declared.</summary>
internal sealed class StateDraft(Type type)
{
    public Type Type { get; } = type;

    public List<(LambdaExpression Members, bool Unique)> Indexes { get; } = [];

    public Dictionary<int, Func<JsonObject, JsonObject>> Upcasters { get; } = [];

    public void Upcast(int fromVersion, Action<JsonObject> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        Func<JsonObject, JsonObject> upcast = json =>
        {
            change(json);
            return json;
        };
        if (!Upcasters.TryAdd(fromVersion, upcast))
            throw new ArgumentException($"{Type.Name} has an upcaster from version {fromVersion} already.", nameof(fromVersion));
    }
}
