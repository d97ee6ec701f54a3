using System.Collections.Frozen;
using Microsoft.Extensions.DependencyInjection;
using Protean.Storage;

namespace Protean;

/// <summary>Turns what was declared into the checked model. Collects every finding before it gives up.</summary>
internal sealed class DomainCompiler
{
    private const int DefaultConcurrentHandlers = 16;

    private readonly DomainBuilder _domain;
    private readonly DomainNaming _naming;
    private readonly List<string> _findings = [];
    private readonly MessageSettings _messages;
    private readonly StateFormat _stateFormat;

    private DomainCompiler(DomainBuilder domain)
    {
        _domain = domain;
        _naming = new(domain.Name);
        _messages = new(domain.ConfigureJson) { UnknownMembers = domain.UnknownMembers, MaxMessageBytes = domain.MaxMessageBytes };
        _stateFormat = new(DomainJson.StateOptions(domain.ConfigureJson));
    }

    /// <summary>Checks everything.</summary>
    /// <exception cref="DomainConfigurationException">Something is wrong; all of it is listed.</exception>
    public static DomainModel Compile(DomainBuilder domain, IServiceProviderIsService? services)
    {
        var compiler = new DomainCompiler(domain);
        var model = compiler.Build(services);
        return compiler._findings.Count == 0
            ? model
            : throw new DomainConfigurationException(domain.Name, [.. compiler._findings.Distinct()]);
    }

    private DomainModel Build(IServiceProviderIsService? services)
    {
        _findings.AddRange(_domain.Problems);
        CheckSettings();
        foreach (var (kind, type) in _domain.LinkClasses.Distinct())
        {
            HandlerClass.CheckConstructors(kind, type, services, _findings);
            RefuseUndisposed(kind, type);
        }

        var states = new StateCompiler(_stateFormat, DomainJson.StoredStateOptions(_domain.ConfigureJson), _domain.UnknownMembers, _findings);
        var aggregates = new AggregateCompiler(_domain, _naming, states, _findings).Compile();
        var classes = _domain.HandlerClasses.Distinct().ToDictionary(t => t, t => HandlerClass.Of(t, services, _findings));
        CheckUse(classes);
        var requests = new RequestCompiler(_domain, _naming, classes, aggregates, _findings);
        var commands = requests.Commands();
        var queries = requests.Queries();
        var streams = requests.Streams();
        var bus = new BusCompiler(_domain.DeclaredBus, services, _findings).Compile(_domain, _naming, aggregates);
        var handlers = new EventHandlerCompiler(_domain, _naming, classes, aggregates, commands, bus, states, _findings).Compile();
        var types = new MessageTypeCompiler(_domain, _naming, _messages, _findings).Compile();
        FindUnheard(handlers, types);
        var views = handlers.Select(h => h.View).OfType<ViewModel>().GroupBy(v => v.Type).ToDictionary(g => g.Key, g => g.First());
        CheckStore();
        var notifications = new NotificationCompiler(_domain, _naming, _findings).Compile(types);
        var subscribers = new SubscriberCompiler(_domain, _naming, _findings).Compile(handlers, types);
        CheckScopes(handlers, classes);
        var isParallel = handlers.Any(h => h.IsParallel);
        return new()
        {
            Name = _domain.Name,
            Prefix = _naming.Prefix,
            TypePrefix = _naming.TypePrefix,
            Aggregates = aggregates,
            EventHandlers = handlers,
            Views = views,
            Types = types,
            Store = new(_domain.Name, [.. Collections(aggregates.Values, views.Values)]),
            Commands = commands.ToFrozenDictionary(),
            Queries = queries.ToFrozenDictionary(),
            Streams = streams.ToFrozenDictionary(),
            Enrichers = [.. _domain.Enrichers],
            Middleware = [.. _domain.Middleware],
            Bus = bus,
            Notifications = notifications.ToFrozenDictionary(n => n.Type.ClrType),
            Relay = new() { Options = _domain.Relay },
            Subscribers = subscribers,
            InlineErrors = _domain.InlineErrors,
            MaxEventDepth = _domain.MaxEventDepth,
            ChecksEnqueued = _domain.ChecksEnqueued,
            Scopes = _domain.HandlerScopes ?? (isParallel ? HandlerScopes.PerHandler : HandlerScopes.PerCall),
            MaxConcurrentHandlers = _domain.MaxConcurrentHandlers ?? (isParallel || _domain.HandlerLimit == HandlerLimit.WholeDomain ? DefaultConcurrentHandlers : null),
            HandlerLimit = _domain.HandlerLimit,
            StateFormat = _stateFormat,
        };
    }

    private static IEnumerable<CollectionDefinition> Collections(IEnumerable<AggregateModel> aggregates, IEnumerable<ViewModel> views)
    {
        foreach (var aggregate in aggregates)
        {
            if (!aggregate.IsEventSourced)
                yield return new(aggregate.Category, aggregate.Indexes);
            else if (aggregate.SnapshotEvery > 0)
                yield return new(aggregate.SnapshotCollection, []);
        }

        foreach (var view in views)
            yield return new(view.Collection, view.Indexes);
    }

    /// <summary>A method for a class whose derived classes are events too would hear nothing of them.</summary>
    private void FindUnheard(List<EventHandlerModel> handlers, MessageTypes types)
    {
        foreach (var handler in handlers)
        {
            foreach (var method in handler.Methods.Where(m => m.EventType is not null && !m.IncludeDerived))
            {
                foreach (var unheard in types.All.Where(t => t.ClrType.IsSubclassOf(method.EventType!) && !handler.Methods.Any(m => m.EventType is not null && m.Handles(t.ClrType))))
                    _findings.Add($"Handler '{handler.Name}' handles {method.EventType!.Name} but not {unheard.ClrType.Name}, which derives from it: add includeDerived: true to .On<{method.EventType.Name}>(…), or a method for {unheard.ClrType.Name}.");
            }
        }
    }

    private void CheckSettings()
    {
        if (_naming.Prefix.Length == 0 || !char.IsAsciiLetter(_naming.Prefix[0]) || !CategoryNames.IsIdentifier(_naming.Prefix))
            _findings.Add($"The name of the domain, '{_domain.Name}', must begin with a letter and have ASCII letters and digits only: it becomes part of the names of streams and types.");
        if (_domain.MaxEventDepth < 1)
            _findings.Add($"MaxEventDepth is {_domain.MaxEventDepth}; it must be 1 or more.");
        if (_domain.MaxConcurrentHandlers < 1)
            _findings.Add($"MaxConcurrentHandlers is {_domain.MaxConcurrentHandlers}; it must be 1 or more.");
        if (_domain.MaxMessageBytes < 1)
            _findings.Add($"MaxMessageBytes is {_domain.MaxMessageBytes}; it must be 1 or more.");
    }

    /// <summary>A class may handle several kinds of message; each kind needs a handler that uses the class for it.</summary>
    private void CheckUse(Dictionary<Type, HandlerClass> classes)
    {
        foreach (var (type, handler) in classes)
        {
            Check(handler.Events.Select(e => e.EventType.Name).Concat(handler.Any is null ? [] : ["any event"]), _domain.EventHandlers.Any(h => Uses(h.Classes, h.Guards)), "EventHandler<TAggregate>()");
            Check(handler.Commands.Select(c => c.CommandType.Name), _domain.CommandHandlers.Any(h => Uses(h.Classes, h.Guards)), "CommandHandler<TAggregate>()");
            Check(handler.Queries.Select(q => q.QueryType.Name), _domain.QueryHandlers.Any(h => Uses(h.Classes, h.Guards)), "QueryHandler()");
            Check(handler.Streams.Select(s => s.RequestType.Name), _domain.StreamHandlers.Any(h => Uses(h.Classes, h.Guards)), "StreamHandler()");

            bool Uses(IReadOnlyList<Type> used, GuardDeclaration guards) => used.Contains(type) || guards.Classes.Exists(c => c.Class == type);

            void Check(IEnumerable<string> handled, bool isUsed, string builder)
            {
                if (!isUsed && string.Join(" and ", handled) is { Length: > 0 } names)
                    _findings.Add($"Handler class {type.Name} handles {names}, but is not used for it: add domain.{builder}.Use<{type.Name}>(), or take the method out.");
            }
        }
    }

    private void CheckScopes(List<EventHandlerModel> handlers, Dictionary<Type, HandlerClass> classes)
    {
        var parallel = handlers.Where(h => h.IsParallel).Select(h => $"'{h.Name}'").ToArray();
        if (parallel.Length > 0 && _domain.HandlerScopes == HandlerScopes.PerCall)
            _findings.Add($"HandlerScopes is {HandlerScopes.PerCall}, but {string.Join(" and ", parallel)} run in parallel, and the services of one scope are not for several threads at once: set HandlerScopes to {HandlerScopes.PerHandler}, or make the handlers Sequential().");
        foreach (var type in classes.Keys)
            RefuseUndisposed("handler class", type);
    }

    private void RefuseUndisposed(string kind, Type type)
    {
        if (_domain.HandlerScopes == HandlerScopes.None && HandlerClass.IsDisposable(type))
            _findings.Add($"HandlerScopes is {HandlerScopes.None}, but {char.ToLowerInvariant(kind[0])}{kind[1..]} {type.Name} is disposable, and nothing would dispose it before the host ends: set HandlerScopes to {HandlerScopes.PerHandler}, or take the disposal out of the class.");
    }

    private void CheckStore()
    {
        if (_domain.Store is null)
            _findings.Add($"Domain '{_domain.Name}' has no store: add UseInMemory() for tests and trials, or the store of another package, such as UseSqlite(…) or UsePostgres(…).");
    }
}
