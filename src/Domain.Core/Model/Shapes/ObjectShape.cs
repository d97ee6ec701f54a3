using System.Collections;
using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Protean;

/// <summary>The rules of one aggregate's or entity's type, and the fields that lead to its entities.</summary>
internal sealed class ObjectShape
{
    /// <summary>As deep as JSON goes: what lies deeper contains itself.</summary>
    private const int MaxDepth = 64;
    private const int MaxCollectionDepth = 4;

    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private static readonly ConcurrentDictionary<Type, ObjectShape> Shapes = new();

    private readonly Type _type;
    private readonly Action<DomainObject>[] _rules;
    private readonly Action<DomainObject>[] _rulesBefore;
    private readonly Func<DomainObject, object?>[] _entityFields;
    private readonly List<Type> _entityTypes = [];
    private readonly List<string> _problems = [];

    private ObjectShape(Type type)
    {
        _type = type;
        var rules = MethodsOf(type)
            .Select(method => (Method: method, Attribute: method.GetCustomAttribute<InvariantAttribute>()))
            .Where(rule => rule.Attribute is not null && IsRule(rule.Method))
            .ToArray();
        _rules = [.. rules.Where(r => !r.Attribute!.Before).Select(r => Compile(r.Method))];
        _rulesBefore = [.. rules.Where(r => r.Attribute!.Before).Select(r => Compile(r.Method))];
        _entityFields = [.. StateFields.Of(type).Where(f => LeadsToEntities(f.Field.FieldType)).Select(f => f.Get)];
        _problems.AddRange(StateFields.ProblemsOf(type));
        _problems.AddRange(type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(method => method.IsDefined(typeof(InvariantAttribute)))
            .Select(MalformedRule));
    }

    public static ObjectShape Of(Type type) => Shapes.GetOrAdd(type, static t => new(t));

    /// <summary>The instance methods of a type and its base classes, overridden ones once.</summary>
    public static IEnumerable<MethodInfo> MethodsOf(Type type)
    {
        HashSet<MethodInfo> seen = [];
        for (var t = type; t is not null && t != typeof(DomainObject); t = t.BaseType)
        {
            foreach (var method in t.GetMethods(Declared))
            {
                if (seen.Add(method.GetBaseDefinition()))
                    yield return method;
            }
        }
    }

    public IEnumerable<string> AllProblems()
    {
        HashSet<Type> seen = [];
        return Collect(this);

        IEnumerable<string> Collect(ObjectShape shape) => !seen.Add(shape._type)
            ? []
            : shape._problems.Concat(shape._entityTypes.Where(t => t != typeof(Entity)).SelectMany(t => Collect(Of(t))));
    }

    public void CheckRules(DomainObject target, bool before, ref List<Violation>? violations, int depth = 0)
    {
        RefuseCycle(depth);
        foreach (var rule in before ? _rulesBefore : _rules)
        {
            try
            {
                rule(target);
            }
            catch (ValidationException e)
            {
                (violations ??= []).AddRange(e.Violations);
            }
        }

        foreach (var field in _entityFields)
        {
            foreach (var entity in EntitiesIn(field(target)))
                Of(entity.GetType()).CheckRules(entity, before, ref violations, depth + 1);
        }
    }

    public void Adopt(DomainObject target, AggregateRoot root, int depth = 0)
    {
        RefuseCycle(depth);
        foreach (var field in _entityFields)
        {
            foreach (var entity in EntitiesIn(field(target)))
            {
                entity.Root = root;
                Of(entity.GetType()).Adopt(entity, root, depth + 1);
            }
        }
    }

    private void RefuseCycle(int depth)
    {
        if (depth > MaxDepth)
            throw new InvalidOperationException($"{_type.Name} contains itself, or lies more than {MaxDepth} entities deep: mark the field that leads back with [JsonIgnore].");
    }

    private static IEnumerable<Entity> EntitiesIn(object? value) => value switch
    {
        null => [],
        Entity entity => [entity],
        IDictionary dictionary => dictionary.Values.Cast<object?>().SelectMany(EntitiesIn),
        IEnumerable items => items.Cast<object?>().SelectMany(EntitiesIn),
        _ => [],
    };

    /// <summary>The entities' types that a field holds, itself or in collections within collections.</summary>
    private static IEnumerable<Type> EntityTypesIn(Type type, int depth = 0)
    {
        if (typeof(Entity).IsAssignableFrom(type))
            return [type];
        if (type == typeof(string) || depth > MaxCollectionDepth)
            return [];
        return type.GetInterfaces().Append(type)
            .Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>))
            .Select(i => i.GetGenericArguments()[0])
            .Select(item => item.IsGenericType && item.GetGenericTypeDefinition() == typeof(KeyValuePair<,>) ? item.GetGenericArguments()[1] : item)
            .SelectMany(item => EntityTypesIn(item, depth + 1));
    }

    private static Action<DomainObject> Compile(MethodInfo rule)
    {
        var target = Expression.Parameter(typeof(DomainObject));
        return Expression.Lambda<Action<DomainObject>>(Expression.Call(Expression.Convert(target, rule.DeclaringType!), rule), target).Compile();
    }

    private bool IsRule(MethodInfo method)
    {
        if (method.ReturnType == typeof(void) && method.GetParameters().Length == 0 && !method.IsGenericMethod
            && !method.IsDefined(typeof(AsyncStateMachineAttribute)))
            return true;
        _problems.Add(MalformedRule(method));
        return false;
    }

    private string MalformedRule(MethodInfo method) =>
        $"{_type.Name}.{method.Name} is marked [Invariant], but a rule is a method without parameters or result that calls Ensure: make it 'void {method.Name}()'.";

    private bool LeadsToEntities(Type field)
    {
        var found = EntityTypesIn(field).Distinct().ToArray();
        _entityTypes.AddRange(found);
        return found.Length > 0;
    }
}
