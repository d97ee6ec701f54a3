using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Protean.Brokers;
using Protean.Storage;

namespace Protean;

/// <summary>Declares a domain: its aggregates, handlers, projections and settings. Nothing is checked before the domain starts, and then everything is.</summary>
public sealed class DomainBuilder
{
    private readonly Dictionary<Type, AggregateDraft> _aggregates = [];
    private readonly Dictionary<Type, MessageTypeDraft> _messages = [];
    private readonly List<IEventHandlerDraft> _eventHandlers = [];
    private readonly List<ICommandHandlerDraft> _commandHandlers = [];
    private readonly List<QueryHandlerBuilder> _queryHandlers = [];
    private readonly List<StreamHandlerBuilder> _streamHandlers = [];
    private readonly List<Enrich> _enrichers = [];
    private readonly List<Type> _handlerClasses = [];
    private readonly List<MakeMiddleware> _middleware = [];
    private readonly List<(string Kind, Type Class)> _linkClasses = [];
    private readonly List<string> _problems = [];
    private Action<JsonSerializerOptions> _configureJson = _ => { };

    internal DomainBuilder(string name, IServiceCollection services)
    {
        Name = name;
        Services = services;
        DeclaredBus = services.DeclaredBus();
    }

    /// <summary>The name of the domain.</summary>
    public string Name { get; }

    /// <summary>The services that handlers can ask for.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Where event handlers run that do not say it themselves. Default: in the Engine.</summary>
    public EventProcessing EventProcessing { get; set; }

    /// <summary>What becomes of the errors of inline handlers. Default: <see cref="InlineErrorPolicy.Throw"/>.</summary>
    public InlineErrorPolicy InlineErrors { get; set; }

    /// <summary>How inline handlers run that do not say it themselves. Default: one after the other.</summary>
    public InlineOrder InlineOrder { get; set; }

    /// <summary>How many inline handlers may run at once. Default: 16 where some run in parallel or the limit is for the whole domain, else no limit.</summary>
    public int? MaxConcurrentHandlers { get; set; }

    /// <summary>Whose inline handlers <see cref="MaxConcurrentHandlers"/> counts together. Default: those of one call.</summary>
    public HandlerLimit HandlerLimit { get; set; }

    /// <summary>Which handlers share scoped services. Default: those of one call; where inline handlers run in parallel, none.</summary>
    public HandlerScopes? HandlerScopes { get; set; }

    /// <summary>How many events may follow from one another within one call, and how many commands may be processed within one another. Default: 100.</summary>
    public int MaxEventDepth { get; set; } = 100;

    /// <summary>Whether commands are checked when they are enqueued.</summary>
    internal bool ChecksEnqueued { get; set; }

    /// <summary>Messages must take fewer bytes as JSON. Default: 1,000,000.</summary>
    public int MaxMessageBytes { get; set; } = 1_000_000;

    /// <summary>What happens to members of stored JSON that the types of today do not know. Default: they are counted.</summary>
    public UnknownMemberPolicy UnknownMembers { get; set; }

    internal IReadOnlyDictionary<Type, AggregateDraft> Aggregates => _aggregates;

    internal IReadOnlyDictionary<Type, MessageTypeDraft> Messages => _messages;

    internal IReadOnlyList<IEventHandlerDraft> EventHandlers => _eventHandlers;

    internal IReadOnlyList<ICommandHandlerDraft> CommandHandlers => _commandHandlers;

    internal IReadOnlyList<QueryHandlerBuilder> QueryHandlers => _queryHandlers;

    internal IReadOnlyList<StreamHandlerBuilder> StreamHandlers => _streamHandlers;

    internal IReadOnlyList<Enrich> Enrichers => _enrichers;

    internal IReadOnlyList<MakeMiddleware> Middleware => _middleware;

    internal IReadOnlyList<Type> HandlerClasses => _handlerClasses;

    /// <summary>The classes of middleware and of links of chains.</summary>
    internal IReadOnlyList<(string Kind, Type Class)> LinkClasses => _linkClasses;

    /// <summary>What was seen to be wrong while it was declared.</summary>
    internal IReadOnlyList<string> Problems => _problems;

    internal Action<JsonSerializerOptions> ConfigureJson => _configureJson;

    /// <summary>Whether this process delivers to the handlers that are not inline.</summary>
    internal bool HasEngine { get; set; }

    internal Func<IServiceProvider, IEventStore>? Store { get; private set; }

    internal Func<IServiceProvider, IBroker>? Broker { get; private set; }

    /// <summary>How notifications are delivered to the broker.</summary>
    internal DeliveryOptions Relay { get; } = new();

    internal BusBuilder DeclaredBus { get; }

    /// <summary>Declares an aggregate. Declaring it again goes on where the first declaration ended.</summary>
    public AggregateBuilder<TAggregate> Aggregate<TAggregate>() where TAggregate : AggregateRoot
    {
        AddAggregate(typeof(TAggregate));
        return new(this, _aggregates[typeof(TAggregate)]);
    }

    /// <summary>Declares an event. Events that an aggregate applies, or that a handler handles, need it only for more to say.</summary>
    public MessageBuilder<TEvent> Event<TEvent>() where TEvent : IEvent => new(Message(typeof(TEvent)));

    /// <summary>Declares an event that another domain writes, under the name it has there, such as <c>Billing.InvoicePaid.v1</c>.</summary>
    public MessageBuilder<TEvent> ExternalEvent<TEvent>(string typeName) where TEvent : IEvent
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(typeName);
        var draft = Message(typeof(TEvent));
        draft.ExternalName = typeName;
        return new(draft);
    }

    /// <summary>Declares a command. Commands that a handler handles need it only for more to say.</summary>
    public MessageBuilder<TCommand> Command<TCommand>() where TCommand : IAnyCommand => new(Message(typeof(TCommand)));

    /// <summary>Declares an event handler that is part of an aggregate: it listens to the aggregate's category unless told otherwise.</summary>
    public AggregateEventHandlerBuilder<TAggregate> EventHandler<TAggregate>() where TAggregate : AggregateRoot =>
        Added(new AggregateEventHandlerBuilder<TAggregate>(this));

    /// <summary>Declares an event handler that is part of no aggregate; it must be told its stream category and its name.</summary>
    public EventHandlerBuilder EventHandler() => Added(new EventHandlerBuilder(this));

    /// <summary>Declares a subscriber: it handles what other programs publish under topics of the broker, each message once. <c>{domain}.*</c> is all of a domain.</summary>
    public SubscriberBuilder Subscriber(params string[] topics)
    {
        ArgumentNullException.ThrowIfNull(topics);
        return Added(new SubscriberBuilder(this, [.. topics]));
    }

    /// <summary>Declares the handler of an aggregate's commands.</summary>
    public CommandHandlerBuilder<TAggregate> CommandHandler<TAggregate>() where TAggregate : AggregateRoot
    {
        var builder = new CommandHandlerBuilder<TAggregate>(this);
        _commandHandlers.Add(builder);
        return builder;
    }

    /// <summary>Declares a handler that answers queries.</summary>
    public QueryHandlerBuilder QueryHandler()
    {
        var builder = new QueryHandlerBuilder(this);
        _queryHandlers.Add(builder);
        return builder;
    }

    /// <summary>Declares a handler of requests that are answered item by item.</summary>
    public StreamHandlerBuilder StreamHandler()
    {
        var builder = new StreamHandlerBuilder(this);
        _streamHandlers.Add(builder);
        return builder;
    }

    /// <summary>Declares a projection.</summary>
    public ProjectionBuilder<TView> Projection<TView>() where TView : class => Added(new ProjectionBuilder<TView>(this));

    /// <summary>Declares the event bus: who has subscribed from the start, what is recorded, and how it stops.</summary>
    public DomainBuilder Bus(Action<BusBuilder> declare)
    {
        ArgumentNullException.ThrowIfNull(declare);
        declare(DeclaredBus);
        return this;
    }

    /// <summary>Adds headers to every message that is recorded. Several are asked in the order of their declaration.</summary>
    public DomainBuilder Enricher(Enrich enrich)
    {
        ArgumentNullException.ThrowIfNull(enrich);
        _enrichers.Add(enrich);
        return this;
    }

    /// <summary>Wraps every handler of commands, queries, streams and events in a middleware, made anew for each call with its dependencies. The first added is outermost.</summary>
    public DomainBuilder Use<TMiddleware>() where TMiddleware : class, IMessageMiddleware
    {
        if (!typeof(TMiddleware).IsAbstract)
            Services.TryAddTransient<TMiddleware>();
        _linkClasses.Add(("Middleware", typeof(TMiddleware)));
        _middleware.Add(static context => context.Services.GetRequiredService<TMiddleware>());
        return this;
    }

    /// <summary>Wraps every handler of commands, queries, streams and events in a middleware. The first added is outermost.</summary>
    public DomainBuilder Use(IMessageMiddleware middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        _middleware.Add(_ => middleware);
        return this;
    }

    /// <summary>
    /// Declares what an assembly holds: aggregates, events, and the handler classes marked with <see cref="EventHandlerAttribute{TAggregate}"/>,
    /// <see cref="EventHandlerAttribute"/>, <see cref="CommandHandlerAttribute{TAggregate}"/>, <see cref="QueryHandlerAttribute"/> or <see cref="StreamHandlerAttribute"/>.
    /// </summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="inNamespace">Only types of this namespace and those below it.</param>
    public DomainBuilder Discover(Assembly assembly, string? inNamespace = null)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        AssemblyDiscovery.Declare(this, assembly, inNamespace);
        return this;
    }

    /// <summary>Changes how messages and states are written as JSON. Values that are already stored must stay readable.</summary>
    public DomainBuilder Json(Action<JsonSerializerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _configureJson += configure;
        return this;
    }

    /// <summary>Keeps everything in memory, for tests and trials: it is gone when the process ends.</summary>
    public DomainBuilder UseInMemory() => UseStore(services => new InMemoryEventStore(services.GetService<TimeProvider>()));

    /// <summary>Uses a store. The domain disposes it.</summary>
    public DomainBuilder UseStore(Func<IServiceProvider, IEventStore> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Store = create;
        return this;
    }

    /// <summary>Takes notifications outside through a broker. The domain disposes it.</summary>
    public DomainBuilder UseBroker(Func<IServiceProvider, IBroker> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Broker = create;
        return this;
    }

    /// <summary>Takes notifications to a broker within the process, for tests and trials.</summary>
    /// <param name="shared">A broker that others have, too, and that outlives the domain. Default: one of its own.</param>
    public DomainBuilder UseInMemoryBroker(InMemoryBroker? shared = null) => UseBroker(_ => shared is null ? new InMemoryBroker() : new SharedBroker(shared));

    /// <summary>Says how the Engine takes notifications to the broker, as <c>notifications</c>. What is not said here comes from profile and configuration.</summary>
    public DomainBuilder Notifications(Action<DeliveryOptions> delivery)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        delivery(Relay);
        return this;
    }

    internal void AddAggregate(Type type) => _aggregates.TryAdd(type, new(type));

    internal MessageTypeDraft Message(Type type)
    {
        if (!_messages.TryGetValue(type, out var draft))
            _messages[type] = draft = new(type);
        return draft;
    }

    internal void AddHandlerClass(Type handler)
    {
        _handlerClasses.Add(handler);
        // The container refuses an abstract class before anything could be reported of it.
        if (!handler.IsAbstract)
            Services.TryAddTransient(handler);
    }

    internal void AddLinkClass(Type link)
    {
        _linkClasses.Add(("Chain link", link));
        // The container refuses an abstract class before anything could be reported of it.
        if (!link.IsAbstract)
            Services.TryAddTransient(link);
    }

    internal void AddProblem(string problem) => _problems.Add(problem);

    internal void Add(IEventHandlerDraft handler) => _eventHandlers.Add(handler);

    private T Added<T>(T builder) where T : IEventHandlerDraft
    {
        Add(builder);
        return builder;
    }
}
