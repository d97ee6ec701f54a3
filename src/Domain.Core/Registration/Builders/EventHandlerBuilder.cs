using System.Linq.Expressions;
using System.Runtime.CompilerServices;

namespace Protean;

/// <summary>Declares an event handler that is part of no aggregate; it needs <see cref="EventHandlerBuilder{TSelf}.StreamCategory(string[])"/>.</summary>
public sealed class EventHandlerBuilder : EventHandlerBuilder<EventHandlerBuilder>
{
    internal EventHandlerBuilder(DomainBuilder domain)
        : base(domain)
    {
    }

    internal override Type? PartOf => null;
}

/// <summary>Declares an event handler that is part of an aggregate.</summary>
/// <typeparam name="TAggregate">The aggregate: its category is listened to, unless another is given.</typeparam>
public sealed class AggregateEventHandlerBuilder<TAggregate> : EventHandlerBuilder<AggregateEventHandlerBuilder<TAggregate>>
    where TAggregate : AggregateRoot
{
    internal AggregateEventHandlerBuilder(DomainBuilder domain)
        : base(domain)
    {
    }

    internal override Type PartOf => typeof(TAggregate);

    /// <summary>Loads an aggregate, lets it act and saves it.</summary>
    /// <param name="id">The id of the aggregate the event is about.</param>
    /// <param name="act">What the aggregate does.</param>
    public AggregateEventHandlerBuilder<TAggregate> On<TEvent>(Func<TEvent, AggregateId> id, Action<TAggregate, TEvent> act)
        where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(act);
        return On<TEvent>(async (e, context) => act(await context.Repository<TAggregate>().GetAsync(id(e), context.CancellationToken).ConfigureAwait(false), e));
    }

    /// <summary>Loads an aggregate, lets it act and saves it.</summary>
    /// <param name="id">The id of the aggregate the event is about.</param>
    /// <param name="act">What the aggregate does.</param>
    public AggregateEventHandlerBuilder<TAggregate> On<TEvent>(Func<TEvent, AggregateId> id, Func<TAggregate, TEvent, Task> act)
        where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(act);
        return On<TEvent>(async (e, context) =>
            await act(await context.Repository<TAggregate>().GetAsync(id(e), context.CancellationToken).ConfigureAwait(false), e).ConfigureAwait(false));
    }
}

/// <summary>What every event handler can be told.</summary>
/// <typeparam name="TSelf">The kind of builder.</typeparam>
public abstract class EventHandlerBuilder<TSelf> : HandlerBuilder<TSelf>, IEventHandlerDraft
    where TSelf : EventHandlerBuilder<TSelf>
{
    private protected EventHandlerBuilder(DomainBuilder domain)
        : base(domain)
    {
    }

    string IEventHandlerDraft.DisplayName => DisplayName;

    Type? IEventHandlerDraft.PartOf => PartOf;

    EventHandlerSettings IEventHandlerDraft.Settings => Settings;

    IReadOnlyList<Type> IEventHandlerDraft.Classes => Classes;

    ConflictRetry IEventHandlerDraft.Retry => Retry;

    DeliveryDeclaration IEventHandlerDraft.Delivery => Declared;

    IReadOnlyList<InvokeErrorHandler> IEventHandlerDraft.ErrorHandlers => ErrorHandlers;

    GuardDeclaration IEventHandlerDraft.Guards => Guards;

    StateDraft? IEventHandlerDraft.View => View;

    HandlerMode IEventHandlerDraft.ModeIn(EventProcessing processing) =>
        Settings.Mode ?? Translate(processing == EventProcessing.Inline ? HandlerMode.Inline : HandlerMode.Engine);

    internal abstract Type? PartOf { get; }

    internal virtual StateDraft? View => null;

    internal EventHandlerSettings Settings { get; } = new();

    internal override string DisplayName => NameOr(PartOf is null ? "(unnamed)" : DomainNaming.Snake(DomainNaming.ClassName(PartOf)));

    /// <summary>A durable name the handler had before: its progress is taken over.</summary>
    public TSelf FormerlyNamed(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Settings.FormerNames.Add(name);
        return (TSelf)this;
    }

    /// <summary>
    /// Listens to categories instead of the aggregate's own. A category without <c>::</c> is qualified with the domain's name;
    /// <c>$all</c> is everything. Matched exactly.
    /// </summary>
    public TSelf StreamCategory(params string[] categories)
    {
        ArgumentNullException.ThrowIfNull(categories);
        foreach (var category in categories)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(category);
            Settings.Categories.Add(category);
        }

        return (TSelf)this;
    }

    /// <summary>Listens to the events of another aggregate.</summary>
    public TSelf StreamCategory<TAggregate>() where TAggregate : AggregateRoot
    {
        Settings.CategoryTypes.Add(typeof(TAggregate));
        return (TSelf)this;
    }

    /// <summary>
    /// Handles only what was caused by messages of a category: those whose direct cause stands in one of its streams, or, if that cause is a
    /// command, was itself caused by a message there. The category's commands count too.
    /// </summary>
    public TSelf SourceStream(string category)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(category);
        (Settings.Source, Settings.SourceType) = (category, null);
        return (TSelf)this;
    }

    /// <summary>
    /// Handles only what was caused by messages of an aggregate: those whose direct cause is one of its events or commands, or, if that cause is a command,
    /// was itself caused by one.
    /// </summary>
    public TSelf SourceStream<TAggregate>() where TAggregate : AggregateRoot
    {
        (Settings.Source, Settings.SourceType) = (null, typeof(TAggregate));
        return (TSelf)this;
    }

    /// <summary>Runs after the commit that raised the event, before the caller's call returns.</summary>
    public TSelf Inline() => In(HandlerMode.Inline);

    /// <summary>
    /// Runs inline, with the Engine as its safety net: what was not handled inline, because the process ended or the handler failed, is handled by the
    /// Engine. Both say in the commit of the effects what is done, so each message is handled once.
    /// </summary>
    public TSelf Durable()
    {
        Settings.IsDurable = true;
        return In(HandlerMode.Inline);
    }

    /// <summary>Runs inline beside other handlers, and beside itself for other events, whatever the domain's setting is.</summary>
    public TSelf Parallel()
    {
        Settings.Order = InlineOrder.Parallel;
        return (TSelf)this;
    }

    /// <summary>Runs inline in one line with all handlers that are not parallel, whatever the domain's setting is.</summary>
    public TSelf Sequential()
    {
        Settings.Order = InlineOrder.Sequential;
        return (TSelf)this;
    }

    /// <summary>Runs in the unit of work that raised the event: its failure rolls everything back.</summary>
    public TSelf InSameCommit() => In(HandlerMode.InSameCommit);

    /// <summary>Runs in the Engine, whatever the domain's setting is.</summary>
    public TSelf InEngine() => In(HandlerMode.Engine);

    /// <summary>Says whether the Engine gets the events from the event store, which is the default, or through the broker.</summary>
    public TSelf Subscription(SubscriptionType type)
    {
        Declared.Options.SubscriptionType = type;
        return (TSelf)this;
    }

    /// <summary>
    /// Cuts events of a type into partitions by a key and not by their stream, so that what contends for one thing is handled in line. It may be changed:
    /// the next version brings all partitions to one position, and goes on from there.
    /// </summary>
    /// <param name="key">A member of the event, as in <c>e => e.BookId</c>.</param>
    public TSelf PartitionBy<TEvent>(Expression<Func<TEvent, AggregateId>> key) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(key);
        if (PartitionKey.PathOf(key) is not { } path)
            throw new ArgumentException($"'{key}' is no member of {typeof(TEvent).Name}, and only a member can be told from another one in the next version: give the key a name, PartitionBy<{typeof(TEvent).Name}>(key, \"name\").", nameof(key));
        return PartitionBy(key.Compile(), path);
    }

    /// <summary>
    /// Cuts events of a type into partitions by a key that is worked out, and not by their stream. It may be changed, together with its name; the next version
    /// keeps the former one with <see cref="FormerlyPartitionedBy{TEvent}"/>.
    /// </summary>
    /// <param name="key">Works out the key: always the same from the same event.</param>
    /// <param name="name">What tells the key from another one; a key that works out anything else has another name.</param>
    public TSelf PartitionBy<TEvent>(Func<TEvent, AggregateId> key, string name) where TEvent : IEvent
    {
        Declared.PartitionKeys[typeof(TEvent)] = Key(key, name);
        return (TSelf)this;
    }

    /// <summary>
    /// A key that events of a type were cut by before, so that partitions that stand at different positions can be brought to one. Not needed for a member
    /// that the event still has. To be taken away when no partitions are cut by it any more.
    /// </summary>
    /// <param name="key">Works out the key as it was.</param>
    /// <param name="name">The name it had, or the path of the member.</param>
    public TSelf FormerlyPartitionedBy<TEvent>(Func<TEvent, AggregateId> key, string name) where TEvent : IEvent
    {
        Declared.FormerPartitionKeys.Add((typeof(TEvent), Key(key, name)));
        return (TSelf)this;
    }

    /// <summary>Handles an event. Several methods for one event run in the order of their declaration, each in its own unit of work.</summary>
    /// <param name="handle">What is done.</param>
    /// <param name="includeDerived">Whether events of derived types are handled too; the type may then be a base class or an interface. Default: no.</param>
    public TSelf On<TEvent>(Action<TEvent, HandlerContext> handle, bool includeDerived = false) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(handle);
        return Add(
            typeof(TEvent),
            (e, context) =>
            {
                handle((TEvent)e, context);
                return ValueTask.CompletedTask;
            },
            includeDerived);
    }

    /// <summary>Handles an event. Several methods for one event run in the order of their declaration, each in its own unit of work.</summary>
    /// <param name="handle">What is done.</param>
    /// <param name="includeDerived">Whether events of derived types are handled too; the type may then be a base class or an interface. Default: no.</param>
    public TSelf On<TEvent>(Func<TEvent, HandlerContext, ValueTask> handle, bool includeDerived = false) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(handle);
        return Add(typeof(TEvent), (e, context) => handle((TEvent)e, context), includeDerived);
    }

    /// <summary>Handles an event. Several methods for one event run in the order of their declaration, each in its own unit of work.</summary>
    /// <param name="handle">What is done.</param>
    /// <param name="includeDerived">Whether events of derived types are handled too; the type may then be a base class or an interface. Default: no.</param>
    [OverloadResolutionPriority(1)]
    public TSelf On<TEvent>(Func<TEvent, HandlerContext, Task> handle, bool includeDerived = false) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(handle);
        return Add(typeof(TEvent), (e, context) => new(handle((TEvent)e, context)), includeDerived);
    }

    /// <summary>Stands in when the method for an event fails, in a unit of work of its own. What it failed with is <see cref="HandlerContext.Error"/>.</summary>
    /// <param name="handle">What is done instead.</param>
    /// <param name="errors">The types of errors it stands in for. Default: all but those of the domain itself (<see cref="ProteanException"/>). While the circuit is broken, it always does.</param>
    public TSelf Fallback<TEvent>(Func<TEvent, HandlerContext, Task> handle, params IReadOnlyList<Type> errors) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(handle);
        Falls(typeof(TEvent), errors);
        Settings.Fallbacks.Add(new("fallback", typeof(TEvent), (e, context) => new(handle((TEvent)e, context))));
        return (TSelf)this;
    }

    /// <summary>Handles every event of the categories that the handler has no specific method for.</summary>
    public TSelf OnAny(Action<Message, HandlerContext> handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        return Add(null, (_, context) =>
        {
            handle(context.Message!, context);
            return ValueTask.CompletedTask;
        });
    }

    /// <summary>Handles every event of the categories that the handler has no specific method for.</summary>
    public TSelf OnAny(Func<Message, HandlerContext, ValueTask> handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        return Add(null, (_, context) => handle(context.Message!, context));
    }

    /// <summary>Handles every event of the categories that the handler has no specific method for.</summary>
    [OverloadResolutionPriority(1)]
    public TSelf OnAny(Func<Message, HandlerContext, Task> handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        return Add(null, (_, context) => new(handle(context.Message!, context)));
    }

    /// <summary>What a mode means for this kind of handler.</summary>
    private protected virtual HandlerMode Translate(HandlerMode mode) => mode;

    private TSelf In(HandlerMode mode)
    {
        Settings.Mode = Translate(mode);
        return (TSelf)this;
    }

    private static PartitionKey Key<TEvent>(Func<TEvent, AggregateId> key, string name)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Contains(';', StringComparison.Ordinal))
            throw new ArgumentException($"A key of {typeof(TEvent).Name} is named '{name}': a name has no ';'.", nameof(name));
        return new(name, e => key((TEvent)e).Text);
    }

    private TSelf Add(Type? eventType, InvokeHandler invoke, bool includeDerived = false)
    {
        Settings.Lambdas.Add((eventType, includeDerived, invoke, Classes.Count));
        return (TSelf)this;
    }
}
