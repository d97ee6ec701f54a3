using System.Linq.Expressions;
using System.Text.Json.Nodes;

namespace Protean;

/// <summary>Declares a projection: a read model that is kept from events and can be replayed.</summary>
/// <typeparam name="TView">The type of its documents.</typeparam>
public sealed class ProjectionBuilder<TView> : EventHandlerBuilder<ProjectionBuilder<TView>>, IEventHandlerDraft
    where TView : class
{
    private Func<string, TView>? _start = NewView.Factory<TView>();
    private bool _startsDocuments;

    internal ProjectionBuilder(DomainBuilder domain)
        : base(domain) => View = new(typeof(TView));

    internal override Type? PartOf => null;

    internal override StateDraft View { get; }

    internal override string DisplayName => NameOr(DomainNaming.ClassName(typeof(TView)));

    IEnumerable<string> IEventHandlerDraft.Problems => _startsDocuments && _start is null
        ? [$"Projection {DisplayName} cannot make a first {typeof(TView).Name}: give the class a constructor without parameters or one that takes the key first, or add .StartWith(key => …)."]
        : [];

    /// <summary>Reads the events of an aggregate. Several sources are read in one order.</summary>
    public ProjectionBuilder<TView> From<TAggregate>() where TAggregate : AggregateRoot => StreamCategory<TAggregate>();

    /// <summary>Reads the events of categories. Several sources are read in one order.</summary>
    public ProjectionBuilder<TView> From(params string[] categories) => StreamCategory(categories);

    /// <summary>
    /// Says which version of the projection this is. With a higher one than the store knows, the engine builds the documents anew beside those that
    /// older nodes go on keeping, and readers see them when they have caught up. Default: 1.
    /// </summary>
    public ProjectionBuilder<TView> Version(int version)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        Settings.Version = version;
        return this;
    }

    /// <summary>
    /// Makes the document that the first event of a key is applied to. Default: the constructor without parameters, or the one whose first
    /// parameter takes the key, with the defaults of its other parameters.
    /// </summary>
    public ProjectionBuilder<TView> StartWith(Func<string, TView> start)
    {
        ArgumentNullException.ThrowIfNull(start);
        _start = start;
        return this;
    }

    /// <summary>Changes the document of a key; makes it if it is not there.</summary>
    public ProjectionBuilder<TView> On<TEvent>(Func<TEvent, AggregateId> key, Func<TView, TEvent, TView> change) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(change);
        _startsDocuments = true;
        return Write<TEvent>(key, (view, k, e) => change(view ?? _start!(k), e));
    }

    /// <summary>Changes the document of a key in place; makes it if it is not there.</summary>
    public ProjectionBuilder<TView> On<TEvent>(Func<TEvent, AggregateId> key, Action<TView, TEvent> change) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(change);
        _startsDocuments = true;
        return Write<TEvent>(key, (view, k, e) =>
        {
            view ??= _start!(k);
            change(view, e);
            return view;
        });
    }

    /// <summary>Makes the document of a key, in place of one that may be there.</summary>
    public ProjectionBuilder<TView> Create<TEvent>(Func<TEvent, AggregateId> key, Func<TEvent, TView> create) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(create);
        return Write<TEvent>(key, (_, _, e) => create(e));
    }

    /// <summary>Changes the document of a key, if it is there.</summary>
    public ProjectionBuilder<TView> Update<TEvent>(Func<TEvent, AggregateId> key, Func<TView, TEvent, TView> change) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(change);
        return Write<TEvent>(key, (view, _, e) => view is null ? null : change(view, e));
    }

    /// <summary>Deletes the document of a key, if it is there.</summary>
    public ProjectionBuilder<TView> Delete<TEvent>(Func<TEvent, AggregateId> key) where TEvent : IEvent =>
        Write<TEvent>(key, (_, _, _) => null);

    /// <summary>Indexes a member of the documents, or several.</summary>
    public ProjectionBuilder<TView> Index<TMember>(Expression<Func<TView, TMember>> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        View.Indexes.Add((members, false));
        return this;
    }

    /// <summary>Indexes a member, or several, that no two documents may share. A null exempts.</summary>
    public ProjectionBuilder<TView> Unique<TMember>(Expression<Func<TView, TMember>> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        View.Indexes.Add((members, true));
        return this;
    }

    /// <summary>Turns the JSON of a document of one schema version into that of the next, in place.</summary>
    public ProjectionBuilder<TView> Upcast(int fromVersion, Action<JsonObject> change)
    {
        View.Upcast(fromVersion, change);
        return this;
    }

    private protected override HandlerMode Translate(HandlerMode mode) =>
        // A projection that is kept inline is never seen behind its events.
        mode == HandlerMode.Inline ? HandlerMode.InSameCommit : mode;

    private ProjectionBuilder<TView> Write<TEvent>(Func<TEvent, AggregateId> key, Func<TView?, string, TEvent, TView?> change) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(key);
        return On<TEvent>((e, context) =>
        {
            var text = key(e).Checked(typeof(TView).Name);
            return context.Unit.ChangeViewAsync<TView>(text, view => change(view, text, e), context.CancellationToken).AsTask();
        });
    }
}
