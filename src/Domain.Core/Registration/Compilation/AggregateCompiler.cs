using System.Linq.Expressions;
using System.Reflection;

namespace Protean;

/// <summary>Checks the aggregates.</summary>
internal sealed class AggregateCompiler(DomainBuilder domain, DomainNaming naming, StateCompiler states, List<string> findings)
{
    private const int DefaultSnapshotEvery = 100;

    public Dictionary<Type, AggregateModel> Compile()
    {
        Dictionary<Type, AggregateModel> models = [];
        foreach (var draft in domain.Aggregates.Values)
        {
            if (Compile(draft) is { } model)
                models.Add(draft.Type, model);
        }

        foreach (var shared in models.Values.GroupBy(m => m.Category).Where(g => g.Count() > 1))
            findings.Add($"{string.Join(" and ", shared.Select(m => m.Type.FullName))} have the same category '{shared.Key}': rename one, or give it .StreamCategory(…).");
        return models;
    }

    private AggregateModel? Compile(AggregateDraft draft)
    {
        var type = draft.Type;
        if (type.IsAbstract)
        {
            findings.Add($"{type.Name} is abstract: declare the classes that derive from it.");
            return null;
        }

        var shape = AggregateShape.Of(type);
        findings.AddRange(shape.Problems);
        foreach (var @event in shape.AppliedEvents.Where(e => !e.IsAbstract))
            domain.Message(@event).IsRaised = true;
        var id = CheckId(type);
        var constructor = type.GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, []);
        if (constructor is null)
            findings.Add($"{type.Name} has no constructor without parameters: add one (it may be private), so that stored instances can be made again.");
        var category = draft.Category is null ? naming.CategoryOf(type) : naming.Qualify(draft.Category);
        CategoryNames.Check(category, $"Aggregate {type.Name}", findings);
        var state = states.Compile(draft.State);
        var eventSourced = IsEventSourced(type);
        if (eventSourced && draft.State.Indexes.Count > 0)
            findings.Add($"{type.Name} is event-sourced, so its state has no indexes: query a projection instead.");
        if (!eventSourced && draft.SnapshotEvery is not null)
            findings.Add($"{type.Name} stores its state, so it needs no snapshots: remove .SnapshotEvery(…).");
        if (state is null || constructor is null)
            return null;
        return new()
        {
            Type = type,
            Category = category,
            IsEventSourced = eventSourced,
            SnapshotEvery = eventSourced ? draft.SnapshotEvery ?? DefaultSnapshotEvery : 0,
            RecordsFacts = draft.MakeFact is not null,
            MakeFact = draft.MakeFact,
            Stamp = eventSourced ? state.ShapeStamp : state.VersionStamp,
            Indexes = states.Indexes(draft.State),
            Create = Expression.Lambda<Func<AggregateRoot>>(Expression.New(constructor)).Compile(),
            Canonical = id == typeof(string) ? null : typeof(IdFormat<>).MakeGenericType(id).GetMethod(nameof(IdFormat<string>.Canonical))!.CreateDelegate<Func<string, string, string>>(),
            State = state,
        };
    }

    private static Type? GenericBase(Type type, Type definition)
    {
        for (var t = type; t is not null; t = t.BaseType)
        {
            if (t.IsGenericType && t.GetGenericTypeDefinition() == definition)
                return t;
        }

        return null;
    }

    private static bool IsEventSourced(Type type) => GenericBase(type, typeof(EventSourcedAggregate<>)) is not null;

    private Type CheckId(Type type)
    {
        var id = (GenericBase(type, typeof(EventSourcedAggregate<>)) ?? GenericBase(type, typeof(Aggregate<>)))!.GetGenericArguments()[0];
        if (typeof(IdFormat<>).MakeGenericType(id).GetProperty(nameof(IdFormat<string>.Problem))!.GetValue(null) is string problem)
            findings.Add($"The id of {type.Name} has the type {id.Name}, which {problem}.");
        return id;
    }
}

/// <summary>Whether a text can be a category.</summary>
internal static class CategoryNames
{
    public static bool IsIdentifier(string name) => name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    public static void Check(string category, string owner, List<string> findings)
    {
        if (category.Length is 0 or > StreamName.MaxCategoryLength || !IsIdentifier(category.Replace(":", "", StringComparison.Ordinal)))
            findings.Add($"{owner} names the category '{category}': a category has 1 to {StreamName.MaxCategoryLength} lower-case letters, digits, '_' and ':'.");
    }
}
