using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using System.Reflection.Emit;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Protean;

/// <summary>One field that is part of the state, under the name it has in JSON; attributes stand on its member, which for an automatic property is the property.</summary>
internal sealed record StateField(string Name, FieldInfo Field, MemberInfo Member, Func<DomainObject, object?> Get, Action<object, object?> Set);

/// <summary>
/// The state of an aggregate or entity is what stands in its fields: private setters, read-only lists and properties
/// without a setter need nothing special. <c>_lines</c> and <c>Lines { get; }</c> are both called <c>lines</c>.
/// </summary>
internal static class StateFields
{
    private static readonly ConcurrentDictionary<Type, (StateField[] Fields, string[] Problems)> Known = new();

    public static IReadOnlyList<StateField> Of(Type type) => Known.GetOrAdd(type, Find).Fields;

    public static IReadOnlyList<string> ProblemsOf(Type type) => Known.GetOrAdd(type, Find).Problems;

    private static (StateField[] Fields, string[] Problems) Find(Type type)
    {
        Dictionary<string, StateField> fields = [];
        List<string> problems = [];
        foreach (var (name, field, member) in DeclaredFields(type))
        {
            if (!fields.TryAdd(name, new(name, field, member, Getter(field), Setter(field))))
                problems.Add($"{type.Name} has two fields that would both be stored as '{name}': rename one, or mark it [JsonIgnore].");
        }

        return ([.. fields.Values], [.. problems]);
    }

    private static IEnumerable<(string Name, FieldInfo Field, MemberInfo Member)> DeclaredFields(Type type)
    {
        const BindingFlags declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var hierarchy = new Stack<Type>();
        for (var t = type; t is not null && t != typeof(AggregateRoot) && t != typeof(Entity) && t != typeof(DomainObject); t = t.BaseType)
            hierarchy.Push(t);
        foreach (var t in hierarchy)
        {
            foreach (var field in t.GetFields(declared))
            {
                var property = field.Name is ['<', ..] && field.Name.IndexOf('>', StringComparison.Ordinal) is var end and > 1
                    ? t.GetProperty(field.Name[1..end], declared)
                    : null;
                var member = (MemberInfo?)property ?? field;
                if (member.IsDefined(typeof(JsonIgnoreAttribute), false) || field.IsDefined(typeof(JsonIgnoreAttribute), false))
                    continue;
                yield return (member.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? NameOf(field), field, member);
            }
        }
    }

    private static string NameOf(FieldInfo field)
    {
        var name = field.Name;
        if (name[0] == '<')
            name = name[1..name.IndexOf('>', StringComparison.Ordinal)];
        else if (name.StartsWith("m_", StringComparison.Ordinal))
            name = name[2..];
        name = name.TrimStart('_');
        return JsonNamingPolicy.CamelCase.ConvertName(name.Length == 0 ? field.Name : name);
    }

    private static Func<DomainObject, object?> Getter(FieldInfo field)
    {
        var target = Expression.Parameter(typeof(DomainObject));
        var value = Expression.Field(Expression.Convert(target, field.DeclaringType!), field);
        return Expression.Lambda<Func<DomainObject, object?>>(Expression.Convert(value, typeof(object)), target).Compile();
    }

    private static Action<object, object?> Setter(FieldInfo field)
    {
        // An expression tree refuses to assign a read-only field; loading is the one place that may.
        var method = new DynamicMethod($"set_{field.Name}", null, [typeof(object), typeof(object)], field.DeclaringType!, skipVisibility: true);
        var code = method.GetILGenerator();
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Castclass, field.DeclaringType!);
        code.Emit(OpCodes.Ldarg_1);
        code.Emit(OpCodes.Unbox_Any, field.FieldType);
        code.Emit(OpCodes.Stfld, field);
        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<Action<object, object?>>();
    }
}
