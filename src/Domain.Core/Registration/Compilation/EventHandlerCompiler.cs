namespace Protean;

/// <summary>Checks event handlers and projections.</summary>
internal sealed class EventHandlerCompiler(
    DomainBuilder domain,
    DomainNaming naming,
    IReadOnlyDictionary<Type, HandlerClass> classes,
    IReadOnlyDictionary<Type, AggregateModel> aggregates,
    IReadOnlyDictionary<Type, CommandBinding> commands,
    BusModel bus,
    StateCompiler states,
    List<string> findings)
{
    public List<EventHandlerModel> Compile()
    {
        var owned = OwnedCategories();
        List<EventHandlerModel> models = [];
        foreach (var draft in domain.EventHandlers)
        {
            findings.AddRange(draft.Problems);
            models.Add(Compile(draft, owned));
        }

        CheckNames(models);
        foreach (var shared in models.Where(m => m.View is not null).GroupBy(m => m.View!.Type).Where(g => g.Count() > 1))
            findings.Add($"{shared.Key.Name} is kept by two projections, {string.Join(" and ", shared.Select(m => m.Name))}: one type of document belongs to one projection. Put their methods into one.");
        foreach (var shared in models.Select(m => m.View).OfType<ViewModel>().DistinctBy(v => v.Type).GroupBy(v => v.Collection).Where(g => g.Count() > 1))
            findings.Add($"{string.Join(" and ", shared.Select(v => v.Type.FullName))} would both be kept in the collection '{shared.Key}': rename one.");
        return models;
    }

    private EventHandlerModel Compile(IEventHandlerDraft draft, HashSet<string> owned)
    {
        var name = draft.DisplayName;
        var methods = Methods(draft);
        if (draft.Settings.IsDurable && draft.View is not null)
            findings.Add($"Projection {name} is Durable(), but an inline projection is kept in the commit that raises the event and cannot be behind it: take Durable() away.");
        else if (draft.Settings.IsDurable && draft.ModeIn(domain.EventProcessing) != HandlerMode.Inline)
            findings.Add($"Event handler {name} is Durable(), which is for handlers that run inline, and is told to run elsewhere as well: leave one of both.");
        if (draft.Settings.IsDurable && draft.Delivery.Options.Partitions > 1)
            findings.Add($"Event handler {name} is Durable() and has {draft.Delivery.Options.Partitions} partitions, but the safety net has one: take Partitions(…) away.");
        if (draft.Settings.Order is { } order && draft.ModeIn(domain.EventProcessing) != HandlerMode.Inline)
            findings.Add($"{Kind(draft)} {name} is {order}(), which is for handlers that run inline after the commit, and runs {(draft.ModeIn(domain.EventProcessing) == HandlerMode.Engine ? "in the Engine: use .Partitions(…) there" : "in the commit itself")}, or take {order}() away.");
        findings.AddRange(Meaningless(draft));
        return new(methods)
        {
            Name = name,
            DurableName = naming.Qualify(name),
            FormerDurableNames = [.. draft.Settings.FormerNames.Select(naming.Qualify)],
            PartOf = draft.PartOf,
            Categories = draft.Subscriber is null ? Categories(draft, owned) : [InboxOf(draft)],
            SourceStream = SourceOf(draft, owned),
            Mode = draft.ModeIn(domain.EventProcessing),
            View = View(draft),
            Retry = draft.Retry,
            Delivery = draft.Delivery,
            IsParallel = (draft.Settings.Order ?? domain.InlineOrder) == InlineOrder.Parallel && draft.ModeIn(domain.EventProcessing) == HandlerMode.Inline,
            IsDurable = draft.Settings.IsDurable && draft.ModeIn(domain.EventProcessing) == HandlerMode.Inline,
            ErrorHandlers = [.. draft.Classes.Select(c => classes[c].Errors).OfType<InvokeErrorHandler>(), .. draft.ErrorHandlers],
        };
    }

    /// <summary>The category that the causes of its messages are to stand in; nothing if any may.</summary>
    private string? SourceOf(IEventHandlerDraft draft, HashSet<string> owned)
    {
        if (draft.Settings.SourceType is { } type)
        {
            if (aggregates.TryGetValue(type, out var aggregate))
                return aggregate.Category;
            if (!domain.Aggregates.ContainsKey(type))
                findings.Add($"{Kind(draft)} {draft.DisplayName} has the source stream of {type.Name}, which is not declared: add domain.Aggregate<{type.Name}>().");
            return null;
        }

        if (draft.Settings.Source is not { } given)
            return null;
        var source = naming.Qualify(given);
        if (DomainNaming.IsQualified(given))
            CategoryNames.Check(source, $"{Kind(draft)} {draft.DisplayName}", findings);
        else if (!owned.Contains(source))
            findings.Add($"{Kind(draft)} {draft.DisplayName} has the source stream '{given}', but domain '{domain.Name}' has no such category: name one it has ({Known(owned)}), or write it qualified, as in 'other_domain::{given}'.");
        return source;
    }

    /// <summary>What was said that has no meaning where the handler was told to run. Where the whole domain was told to run inline, it may be for another environment.</summary>
    private IEnumerable<string> Meaningless(IEventHandlerDraft draft)
    {
        var (handler, mode) = ($"{Kind(draft)} {draft.DisplayName}", draft.Settings.Mode);
        if (mode is HandlerMode.Inline or HandlerMode.InSameCommit && !draft.Settings.IsDurable && draft.Delivery.IsSaid)
            yield return $"{handler} runs inline, and what it says of its delivery (partitions, profile, start, time limit, retries, policy for failures) is for handlers that the Engine calls: take it away, or run it InEngine().";
        if (mode != HandlerMode.InSameCommit)
            yield break;
        if (draft.ErrorHandlers.Count > 0 || draft.Classes.Any(c => classes[c].Errors is not null))
            yield return $"{handler} is part of the commit that raises the event, and its HandleError is never called: whoever caused the event is told by the exception itself. Take it away, or run it Inline() or InEngine().";
        if (!ReferenceEquals(draft.Retry, ConflictRetry.Default))
            yield return $"{handler} is part of the commit that raises the event, and its RetryConflicts(…) has nothing to repeat: say it where the event is caused.";
    }

    private static string Kind(IEventHandlerDraft draft) => draft.View is not null ? "Projection" : draft.Subscriber is not null ? "Subscriber" : "Event handler";

    private static string Known(HashSet<string> owned) => owned.Count == 0 ? "it has none" : string.Join(", ", owned.Order(StringComparer.Ordinal));

    private HashSet<string> OwnedCategories()
    {
        HashSet<string> owned = [.. bus.Categories];
        foreach (var aggregate in aggregates.Values)
            owned.UnionWith([aggregate.Category, aggregate.FactCategory, aggregate.NotificationCategory, aggregate.Category + StreamName.CommandSuffix]);
        foreach (var command in commands.Values)
            owned.UnionWith([command.Category, command.Category[..^StreamName.CommandSuffix.Length]]);
        foreach (var projection in domain.EventHandlers.Where(h => h.View is not null))
            owned.UnionWith(projection.Settings.Categories.Select(naming.Qualify));
        owned.UnionWith(domain.EventHandlers.Where(h => h.Subscriber is not null).Select(h => SubscriberCompiler.CategoryOf(naming, h)));
        return owned;
    }

    private string InboxOf(IEventHandlerDraft draft)
    {
        var category = SubscriberCompiler.CategoryOf(naming, draft);
        CategoryNames.Check(category, $"{Kind(draft)} {draft.DisplayName}", findings);
        return category;
    }

    private HandlerMethod[] Methods(IEventHandlerDraft draft)
    {
        var any = draft.Classes.Where(c => classes[c].Any is not null).Select(c => (c.Name, Invoke: classes[c].Any!))
            .Concat(draft.Settings.Lambdas.Where(l => l.EventType is null).Select((l, i) => (Name: $"OnAny #{i + 1}", l.Invoke)))
            .ToArray();
        if (any.Length > 1)
            findings.Add($"{Kind(draft)} {draft.DisplayName} has more than one handler for any event ({string.Join(" and ", any.Select(a => a.Name))}): a handler has at most one. Remove the others, or declare them as handlers of their own.");
        var specific = InOrderOfDeclaration(draft).ToArray();
        if (any.Length + specific.Length == 0)
            findings.Add($"{Kind(draft)} {draft.DisplayName} handles nothing: add .On<TEvent>(…) or .OnAny(…), or .Use<T>() with a class that implements IHandle<TEvent> or IHandleAny.");
        foreach (var (type, includeDerived, _) in specific)
        {
            if (type.IsAbstract && includeDerived)
                continue;
            if (type.IsAbstract)
                findings.Add($"{Kind(draft)} {draft.DisplayName} handles {type.Name}, which is not the type of any stored event: handle the types that derive from it, one by one or with .On<{type.Name}>(…, includeDerived: true), or use OnAny.");
            else
                domain.Message(type);
            if (!typeof(IDomainEvent).IsAssignableFrom(type) && draft.ModeIn(domain.EventProcessing) == HandlerMode.InSameCommit)
                findings.Add($"{Kind(draft)} {draft.DisplayName} handles {DomainNaming.ClassName(type)} in the commit that records it, but facts and notifications are recorded when everything else of the commit is done: add .InEngine(){(draft.View is null ? " or .Inline()" : "")}.");
        }

        var guards = new GuardCompiler<HandlerMethod>(
            draft.DisplayName, draft.Guards, draft.Settings.Fallbacks, c => c.Events.Select(e => new HandlerMethod("fallback", e.EventType, e.Invoke)), m => m.EventType!, classes, findings);
        Dictionary<Type, int> counts = [];
        HandlerMethod[] methods =
        [
            .. specific.Select(s => Guarded(new(MethodName(s.EventType), s.EventType, s.Invoke, s.IncludeDerived))),
            .. any.Take(1).Select(a => Guarded(new(HandlerMethod.AnyName, null, a.Invoke))),
        ];
        guards.CheckRest();
        CheckGuards(draft, methods);
        return methods;

        HandlerMethod Guarded(HandlerMethod method)
        {
            var (guard, fallback) = guards.Of(method.EventType ?? typeof(IEvent));
            return method with { Guard = guard, Fallback = fallback?.Invoke };
        }

        string MethodName(Type type)
        {
            var count = counts[type] = counts.GetValueOrDefault(type) + 1;
            return count == 1 ? DomainNaming.ClassName(type) : $"{DomainNaming.ClassName(type)}#{count}";
        }
    }

    private IEnumerable<(Type EventType, bool IncludeDerived, InvokeHandler Invoke)> InOrderOfDeclaration(IEventHandlerDraft draft)
    {
        for (var i = 0; i <= draft.Classes.Count; i++)
        {
            foreach (var (eventType, includeDerived, invoke, _) in draft.Settings.Lambdas.Where(l => l.EventType is not null && l.ClassesBefore == i))
                yield return (eventType!, includeDerived, invoke);
            if (i == draft.Classes.Count)
                yield break;
            foreach (var (eventType, invoke) in classes[draft.Classes[i]].Events)
                yield return (eventType, false, invoke);
        }
    }

    private void CheckGuards(IEventHandlerDraft draft, HandlerMethod[] methods)
    {
        if (draft.Guards.IsEmpty)
            return;
        var mode = draft.ModeIn(domain.EventProcessing);
        if (mode == HandlerMode.InSameCommit)
            findings.Add($"{Kind(draft)} {draft.DisplayName} is part of the commit that raises the event, which its failure rolls back, so that nothing can stand in for it: take the fallback and the circuit breaker away, or run it Inline() or InEngine().");
        else if ((mode == HandlerMode.Engine || draft.Settings.IsDurable) && draft.Guards.Breaker is not null && methods.Any(m => m.Fallback is null))
            findings.Add($"{Kind(draft)} {draft.DisplayName} runs in the Engine and has a circuit breaker, but no fallback for everything it handles: what it is not called for would become a dead letter. Use .Delivery(d => d.CircuitBreakerThreshold = …), which lets messages wait, or add the fallbacks.");
    }

    private string[] Categories(IEventHandlerDraft draft, HashSet<string> owned)
    {
        List<string> categories = [];
        foreach (var given in draft.Settings.Categories)
        {
            var category = naming.Qualify(given);
            if (category != StreamName.All)
                CategoryNames.Check(category, $"{Kind(draft)} {draft.DisplayName}", findings);
            if (category != StreamName.All && !DomainNaming.IsQualified(given) && !owned.Contains(category))
                findings.Add($"{Kind(draft)} {draft.DisplayName} listens to '{given}', but domain '{domain.Name}' has no such category: name one it has ({Known(owned)}), or write it qualified, as in 'other_domain::{given}'.");
            categories.Add(category);
        }

        var types = draft.Settings.CategoryTypes.AsEnumerable();
        if (categories.Count == 0 && draft.Settings.CategoryTypes.Count == 0 && draft.PartOf is not null)
            types = [draft.PartOf];
        foreach (var type in types)
        {
            if (aggregates.TryGetValue(type, out var aggregate))
                categories.Add(aggregate.Category);
            else if (type != draft.PartOf && !domain.Aggregates.ContainsKey(type))
                findings.Add($"{Kind(draft)} {draft.DisplayName} refers to {type.Name}, which is not declared: add domain.Aggregate<{type.Name}>().");
        }

        if (draft.PartOf is not null && !domain.Aggregates.ContainsKey(draft.PartOf))
            findings.Add($"{Kind(draft)} {draft.DisplayName} is part of {draft.PartOf.Name}, which is not declared: add domain.Aggregate<{draft.PartOf.Name}>().");
        if (categories.Count == 0 && draft.Settings.CategoryTypes.Count == 0 && draft.PartOf is null)
            findings.Add($"{Kind(draft)} {draft.DisplayName} is part of no aggregate and has no stream category, so it would hear nothing: use EventHandler<TAggregate>(), or add .StreamCategory(…).");
        return [.. categories.Distinct()];
    }

    private ViewModel? View(IEventHandlerDraft draft)
    {
        if (draft.View is null || states.Compile(draft.View) is not { } state)
            return null;
        var collection = naming.CategoryOf(draft.View.Type) + ":view";
        CategoryNames.Check(collection, $"{Kind(draft)} {draft.DisplayName}", findings);
        return new()
        {
            Type = draft.View.Type,
            Collection = collection,
            Version = draft.Settings.Version,
            Stamp = state.VersionStamp,
            Indexes = states.Indexes(draft.View),
            State = state,
        };
    }

    private void CheckNames(List<EventHandlerModel> models)
    {
        foreach (var same in models.GroupBy(m => m.DurableName).Where(g => g.Count() > 1))
            findings.Add($"{same.Count()} handlers are named '{same.First().Name}': their progress would be kept under one name. Give {(same.Count() == 2 ? "one" : "the others")} another with .Named(…).");
        foreach (var model in models)
        {
            if (model.DurableName.Length > 200)
                findings.Add($"Handler '{model.Name}' has a durable name of {model.DurableName.Length} characters, and 200 are the most: give it a shorter one with .Named(…).");
            foreach (var former in model.FormerDurableNames.Where(f => models.Any(m => m.DurableName == f || (m != model && m.FormerDurableNames.Contains(f)))))
                findings.Add($"Handler '{model.Name}' was formerly named '{former}', but another handler has, or had, that name too: progress can go to one of them only.");
        }
    }
}
