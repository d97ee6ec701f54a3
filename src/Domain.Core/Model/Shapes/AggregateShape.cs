using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;

namespace Protean;

/// <summary>What reflection finds in an aggregate's type, worked out once.</summary>
internal sealed class AggregateShape
{
    private static readonly ConcurrentDictionary<Type, AggregateShape> Shapes = new();

    private readonly Type _type;
    private readonly Dictionary<Type, Action<AggregateRoot, IEvent>> _appliers = [];
    private readonly ObjectShape _root;

    private AggregateShape(Type type)
    {
        _type = type;
        _root = ObjectShape.Of(type);
        foreach (var apply in ObjectShape.MethodsOf(type).Where(m => m.Name == "Apply"))
        {
            if (apply.GetParameters() is [{ } parameter] && typeof(IEvent).IsAssignableFrom(parameter.ParameterType))
                _appliers.TryAdd(parameter.ParameterType, Compile(apply, parameter.ParameterType));
        }
    }

    public IEnumerable<Type> AppliedEvents => _appliers.Keys;

    /// <summary>What is wrong with the type, each in a sentence that names it.</summary>
    public IEnumerable<string> Problems => _root.AllProblems();

    public static AggregateShape Of(Type type) => Shapes.GetOrAdd(type, static t => new(t));

    public Action<AggregateRoot, IEvent> ApplierOf(Type @event) =>
        _appliers.TryGetValue(@event, out var applier) ? applier : throw new MissingApplyException(_type, @event);

    public bool Applies(Type @event) => _appliers.ContainsKey(@event);

    public List<Violation>? FindViolations(AggregateRoot root, bool before)
    {
        List<Violation>? violations = null;
        _root.CheckRules(root, before, ref violations);
        return violations;
    }

    public void AdoptEntities(AggregateRoot root) => _root.Adopt(root, root);

    private static Action<AggregateRoot, IEvent> Compile(MethodInfo apply, Type eventType)
    {
        var aggregate = Expression.Parameter(typeof(AggregateRoot));
        var @event = Expression.Parameter(typeof(IEvent));
        var call = Expression.Call(Expression.Convert(aggregate, apply.DeclaringType!), apply, Expression.Convert(@event, eventType));
        return Expression.Lambda<Action<AggregateRoot, IEvent>>(call, aggregate, @event).Compile();
    }
}
