using System.Linq.Expressions;
using System.Reflection;

namespace Protean;

/// <summary>Binds commands and queries to their one handler.</summary>
internal sealed class RequestCompiler(
    DomainBuilder domain,
    DomainNaming naming,
    IReadOnlyDictionary<Type, HandlerClass> classes,
    IReadOnlyDictionary<Type, AggregateModel> aggregates,
    List<string> findings)
{
    public Dictionary<Type, CommandBinding> Commands()
    {
        Dictionary<Type, CommandBinding> bindings = [];
        foreach (var handler in domain.CommandHandlers)
        {
            var category = CategoryOf(handler);
            CategoryNames.Check(category, $"Command handler {handler.DisplayName}", findings);
            InvokeErrorHandler[] errorHandlers = [.. handler.Classes.Select(c => classes[c].Errors).OfType<InvokeErrorHandler>(), .. handler.ErrorHandlers];
            CommandLambda[] lambdas = [.. handler.Lambdas, .. handler.Classes.SelectMany(c => classes[c].Commands)];
            if (lambdas.Length == 0)
                findings.Add($"Command handler {handler.DisplayName} of {handler.PartOf.Name} handles no command: add .On<TCommand>(…), or .Use<T>() with a class that implements IHandle<TCommand>.");
            var guards = new GuardCompiler<CommandLambda>(handler.DisplayName, handler.Guards, handler.Fallbacks, c => c.Commands, c => c.CommandType, classes, findings);
            foreach (var lambda in lambdas)
            {
                domain.Message(lambda.CommandType);
                var (guard, fallback) = guards.Of(lambda.CommandType);
                if (fallback is not null && fallback.GetType() != lambda.GetType())
                    findings.Add($"{handler.DisplayName} and its fallback answer {lambda.CommandType.Name} with different types: a fallback takes and returns what its handler does.");
                var binding = lambda.Bind(handler, category, lambda.Target ?? TargetOf(lambda.CommandType, handler.PartOf), errorHandlers, guard, fallback);
                if (!bindings.TryAdd(lambda.CommandType, binding))
                    findings.Add($"{lambda.CommandType.Name} has two handlers, {bindings[lambda.CommandType].HandlerName} ({bindings[lambda.CommandType].PartOf?.Name}) and {handler.DisplayName} ({handler.PartOf.Name}): a command has exactly one. Remove one.");
            }

            guards.CheckRest();
        }

        return bindings;
    }

    public Dictionary<Type, QueryBinding> Queries()
    {
        Dictionary<Type, QueryBinding> bindings = [];
        foreach (var handler in domain.QueryHandlers)
        {
            QueryBinding[] answers = [.. handler.Lambdas, .. handler.Classes.SelectMany(c => classes[c].Queries)];
            if (answers.Length == 0)
                findings.Add($"{handler.DisplayName} answers no query: add .On<TQuery, TResult>(…), or .Use<T>() with a class that implements IHandle<TQuery, TResult>.");
            findings.AddRange(handler.MeaninglessToCallers().Select(what => $"{handler.DisplayName} answers its caller, and {what}. Take it away."));
            var guards = new GuardCompiler<QueryBinding>(handler.DisplayName, handler.Guards, handler.Fallbacks, c => c.Queries, a => a.QueryType, classes, findings);
            foreach (var answer in answers)
            {
                var (guard, fallback) = guards.Of(answer.QueryType);
                if (fallback is not null && fallback.GetType() != answer.GetType())
                    findings.Add($"{handler.DisplayName} and its fallback answer {answer.QueryType.Name} with different types: a fallback takes and returns what its handler does.");
                var binding = (guard is null ? answer : answer.Guarded(guard, fallback)) with { HandlerName = handler.DisplayName };
                if (!bindings.TryAdd(answer.QueryType, binding))
                    findings.Add($"{answer.QueryType.Name} has two handlers, {bindings[answer.QueryType].HandlerName} and {handler.DisplayName}: a query has exactly one. Remove one.");
            }

            guards.CheckRest();
        }

        return bindings;
    }

    public Dictionary<Type, StreamBinding> Streams()
    {
        Dictionary<Type, StreamBinding> bindings = [];
        foreach (var handler in domain.StreamHandlers)
        {
            StreamBinding[] answers = [.. handler.Lambdas, .. handler.Classes.SelectMany(c => classes[c].Streams)];
            if (answers.Length == 0)
                findings.Add($"{handler.DisplayName} answers no request: add .On<TRequest, TItem>(…), or .Use<T>() with a class that implements IHandleStream<TRequest, TItem>.");
            findings.AddRange(handler.MeaninglessToCallers().Select(what => $"{handler.DisplayName} answers its caller, and {what}. Take it away."));
            var guards = new GuardCompiler<StreamBinding>(handler.DisplayName, handler.Guards, handler.Fallbacks, c => c.Streams, a => a.RequestType, classes, findings);
            foreach (var answer in answers)
            {
                var (guard, fallback) = guards.Of(answer.RequestType);
                if (fallback is not null && fallback.GetType() != answer.GetType())
                    findings.Add($"{handler.DisplayName} and its fallback answer {answer.RequestType.Name} with different types: a fallback takes and returns what its handler does.");
                var binding = (guard is null ? answer : answer.Guarded(guard, fallback)) with { HandlerName = handler.DisplayName };
                if (!bindings.TryAdd(answer.RequestType, binding))
                    findings.Add($"{answer.RequestType.Name} has two handlers, {bindings[answer.RequestType].HandlerName} and {handler.DisplayName}: a streaming request has exactly one. Remove one.");
            }

            guards.CheckRest();
        }

        return bindings;
    }

    private string CategoryOf(ICommandHandlerDraft handler)
    {
        if (!domain.Aggregates.ContainsKey(handler.PartOf))
            findings.Add($"Command handler {handler.DisplayName} is part of {handler.PartOf.Name}, which is not declared: add domain.Aggregate<{handler.PartOf.Name}>().");
        var category = handler.Category is not null ? naming.Qualify(handler.Category)
            : aggregates.TryGetValue(handler.PartOf, out var aggregate) ? aggregate.Category
            : naming.CategoryOf(handler.PartOf);
        return category.EndsWith(StreamName.CommandSuffix, StringComparison.Ordinal) ? category : category + StreamName.CommandSuffix;
    }

    private Func<object, AggregateId>? TargetOf(Type command, Type aggregate)
    {
        var marked = command.GetProperties().FirstOrDefault(p => IsMarked(command, p));
        var property = marked ?? command.GetProperty(DomainNaming.ClassName(aggregate) + "Id");
        if (property is null)
            return null;
        if (!IdFormat.IsPrimitive(property.PropertyType) && IdFormat.TypedIdParts(property.PropertyType) is null)
        {
            if (marked is not null)
                findings.Add($"{command.Name}.{marked.Name} is marked [TargetId], but its type {marked.PropertyType.Name} cannot be an id: use string, Guid, int, long or an {nameof(ITypedId)}.");
            return null;
        }

        var instance = Expression.Parameter(typeof(object));
        var value = Expression.Property(Expression.Convert(instance, command), property);
        var from = typeof(AggregateId).GetMethod(nameof(AggregateId.From))!.MakeGenericMethod(property.PropertyType);
        return Expression.Lambda<Func<object, AggregateId>>(Expression.Call(from, value), instance).Compile();
    }

    private static bool IsMarked(Type command, PropertyInfo property) =>
        property.IsDefined(typeof(TargetIdAttribute))
        || command.GetConstructors().SelectMany(c => c.GetParameters()).Any(p => p.Name == property.Name && p.IsDefined(typeof(TargetIdAttribute)));
}
