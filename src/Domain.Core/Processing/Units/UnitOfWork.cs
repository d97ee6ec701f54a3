using System.Data.Common;
using System.Diagnostics;
using Protean.Storage;

namespace Protean;

/// <summary>
/// What belongs together: what its repositories handed out or were given is saved at its end if it changed, all or nothing.
/// Not for use by several threads at once.
/// </summary>
public sealed class UnitOfWork : IAsyncDisposable
{
    private List<TrackedAggregate>? _aggregates;
    private List<object>? _repositories;
    private List<TrackedView>? _views;
    private List<PendingCommand>? _commands;
    private List<INotificationEvent>? _notifications;
    private List<IEvent>? _published;
    private List<Func<DbConnection, DbTransaction, CancellationToken, Task>>? _userWork;
    private MessageMetadata? _metadata;
    private UnitExtras? _extras;
    private string? _ended;

    internal UnitOfWork(Domain domain, Message? cause = null, bool readOnly = false, int depth = 0, Workspace? workspace = null, CallScope? scope = null)
    {
        Domain = domain;
        Workspace = workspace ?? domain.Workspace;
        Cause = cause;
        IsReadOnly = readOnly;
        Depth = depth;
        Scope = scope;
    }

    internal Domain Domain { get; }

    internal Workspace Workspace { get; }

    internal Message? Cause { get; }

    internal bool IsReadOnly { get; }

    /// <summary>How many events lie between the outermost call and this unit.</summary>
    internal int Depth { get; }

    /// <summary>The services of the call it belongs to; none where each handler has its own.</summary>
    internal CallScope? Scope { get; }

    /// <summary>Commit parts that processing itself adds: the handled command, keys.</summary>
    internal UnitExtras Extras => _extras ??= new();

    internal IReadOnlyList<TrackedAggregate> Aggregates => _aggregates ?? (IReadOnlyList<TrackedAggregate>)[];

    internal IReadOnlyList<TrackedView> Views => _views ?? (IReadOnlyList<TrackedView>)[];

    internal IReadOnlyList<PendingCommand> Commands => _commands ?? (IReadOnlyList<PendingCommand>)[];

    internal IReadOnlyList<INotificationEvent> Notifications => _notifications ?? (IReadOnlyList<INotificationEvent>)[];

    /// <summary>Events for the bus, to be published when the unit is committed.</summary>
    internal IReadOnlyList<IEvent> Published => _published ?? (IReadOnlyList<IEvent>)[];

    internal bool IsOpen => _ended is null;

    internal IReadOnlyList<Func<DbConnection, DbTransaction, CancellationToken, Task>> UserWork => _userWork ?? (IReadOnlyList<Func<DbConnection, DbTransaction, CancellationToken, Task>>)[];

    private bool IsUntouched =>
        _aggregates is null && _views is null && _commands is null && _notifications is null && _userWork is null && _published is null
        && _extras is null or { IsEmpty: true };

    /// <summary>What all messages of the unit say of their origin.</summary>
    internal MessageMetadata Metadata
    {
        get => _metadata ??= Cause is null ? Causation.Beginning(null, null) : Causation.Of(Cause);
        set => _metadata = value;
    }

    /// <summary>The aggregates of one type, in this unit of work.</summary>
    public IRepository<TAggregate> Repository<TAggregate>() where TAggregate : AggregateRoot
    {
        foreach (var known in _repositories ?? [])
        {
            if (known is IRepository<TAggregate> found)
                return found;
        }

        var repository = new UnitRepository<TAggregate>(this, Domain.Model.AggregateOf(typeof(TAggregate)));
        (_repositories ??= new(1)).Add(repository);
        return repository;
    }

    /// <summary>The documents of a projection, with what this unit of work has changed.</summary>
    public IView<TView> View<TView>() where TView : class => new DocumentView<TView>(Domain, this);

    /// <summary>Stores a command with the unit, for the Engine.</summary>
    /// <returns>A handle to wait on, once the unit is committed.</returns>
    public CommandHandle Enqueue(IAnyCommand command, CommandOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(command);
        RefuseUnlessWritable($"{command.GetType().Name} cannot be enqueued");
        var pending = PendingCommand.Prepare(Domain, command, options, Metadata);
        (_commands ??= []).Add(pending);
        return pending.Handle(Domain);
    }

    /// <summary>Records a notification with the unit, for the world outside.</summary>
    public void Notify(INotificationEvent notification)
    {
        ArgumentNullException.ThrowIfNull(notification);
        RefuseUnlessWritable($"{notification.GetType().Name} cannot be recorded");
        (_notifications ??= []).Add(notification);
    }

    /// <summary>Publishes an event on the bus when the unit is committed, and never if it is not.</summary>
    public void Publish(IEvent @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        RefuseUnlessWritable($"{@event.GetType().Name} cannot be published");
        (_published ??= []).Add(@event);
    }

    /// <summary>Runs the caller's own SQL in the transaction of the commit: it is committed with the unit, or not at all.</summary>
    public void OnCommit(Func<DbConnection, DbTransaction, CancellationToken, Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        RefuseUnlessWritable("There is no commit");
        (_userWork ??= []).Add(work);
    }

    /// <summary>Commits the unit and runs the inline handlers of its events. The unit can be used no more.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        await Domain.EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        var committed = await SaveAsync(cancellationToken).ConfigureAwait(false);
        await Domain.Inline.DispatchAsync(committed, Depth, Scope, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the unit. What was not committed is given up, and a warning says so.</summary>
    public ValueTask DisposeAsync()
    {
        if (_ended is null && HasChanges())
            Domain.Log.UnitGivenUp();
        End("it was disposed");
        return ValueTask.CompletedTask;
    }

    /// <summary>Commits the unit, and leaves the inline handlers to the caller.</summary>
    internal ValueTask<IReadOnlyList<Message>> SaveAsync(CancellationToken cancellationToken)
    {
        RefuseUnlessOpen();
        // Of the handlers of a log, many only look: they pay for no draft.
        if (!IsUntouched)
            return SaveDraftAsync(cancellationToken);
        using var activity = Telemetry.Start("commit", Domain.Model.Name);
        End("it is committed, or its commit was refused");
        return new([]);
    }

    /// <summary>Closes the unit: what still holds it is refused.</summary>
    internal void End(string reason) => _ended ??= reason;

    internal async ValueTask<AggregateRoot?> FindAsync(AggregateModel model, AggregateId id, CancellationToken cancellationToken)
    {
        RefuseUnlessOpen();
        var key = model.KeyOf(id);
        if (Tracked(model, key) is { } tracked)
        {
            tracked.Root.RefuseUnlessUsable();
            return tracked.Removed ? null : tracked.Root;
        }

        await Domain.EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        var root = await Workspace.Loader.LoadAsync(model, key, cancellationToken).ConfigureAwait(false);
        if (root is not null)
            (_aggregates ??= new(1)).Add(new(model, root, key));
        return root;
    }

    internal async ValueTask<bool> ExistsAsync(AggregateModel model, AggregateId id, CancellationToken cancellationToken)
    {
        RefuseUnlessOpen();
        var key = model.KeyOf(id);
        if (Tracked(model, key) is { } tracked)
            return !tracked.Removed;
        await Domain.EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        return await Workspace.Loader.ExistsAsync(model, key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The instance of this unit for a document that a query found; nothing if the unit removes it.</summary>
    internal AggregateRoot? TrackedOr(AggregateModel model, StoredDocument document)
    {
        RefuseUnlessOpen();
        if (Tracked(model, document.Key) is { } tracked)
            return tracked.Removed ? null : tracked.Root;
        var root = AggregateLoader.FromDocument(model, document);
        (_aggregates ??= new(1)).Add(new(model, root, document.Key));
        return root;
    }

    internal TrackedAggregate Track(AggregateModel model, AggregateRoot root)
    {
        RefuseUnlessWritable($"{root} cannot be saved");
        root.RefuseUnlessUsable();
        root.Format = model.State.Format;
        var key = model.KeyOf(root.Identity);
        if (Tracked(model, key) is not { } tracked)
        {
            (_aggregates ??= new(1)).Add(tracked = new(model, root, key));
            return tracked;
        }

        if (!ReferenceEquals(tracked.Root, root))
            throw new InvalidOperationException($"Another instance of {root} is part of this unit of work already: within one unit each aggregate is one instance.");
        return tracked;
    }

    internal void Remove(AggregateModel model, AggregateRoot root)
    {
        if (model.IsEventSourced)
            throw new NotSupportedException($"{root} is event-sourced, and what has happened cannot be removed: raise an event that ends it, or archive its stream.");
        Track(model, root).Removed = true;
    }

    internal bool TryGetView<TView>(ViewModel model, string key, out TView? document) where TView : class
    {
        var tracked = _views?.Find(v => v.Model == model && v.Key == key);
        document = (TView?)tracked?.Document;
        return tracked is not null;
    }

    /// <summary>Changes a document of a projection; nothing deletes it.</summary>
    internal async ValueTask ChangeViewAsync<TView>(string key, Func<TView?, TView?> change, CancellationToken cancellationToken) where TView : class
    {
        RefuseUnlessOpen();
        var model = Domain.Model.ViewOf(typeof(TView));
        var tracked = _views?.Find(v => v.Model == model && v.Key == key);
        if (tracked is null)
        {
            var generation = await Workspace.GenerationAsync(model.Collection, cancellationToken).ConfigureAwait(false);
            var stored = await Workspace.Store.LoadDocumentAsync(new(model.Collection, key, generation), cancellationToken).ConfigureAwait(false);
            tracked = new(model, key, generation, stored?.Version ?? 0) { Document = stored is null ? null : model.State.Read(stored, model.Collection) };
            (_views ??= []).Add(tracked);
        }

        tracked.Document = change((TView?)tracked.Document);
        tracked.Changed = true;
    }

    internal void RefuseUnlessOpen()
    {
        if (_ended is not null)
            throw new InvalidOperationException($"This unit of work can be used no more, because {_ended}. Await everything that belongs to it before it ends.");
    }

    private void RefuseUnlessWritable(string what)
    {
        RefuseUnlessOpen();
        if (IsReadOnly)
            throw new InvalidOperationException($"{what} while a query is answered: queries change nothing.");
    }

    private bool HasChanges() =>
        Commands.Count + Notifications.Count + UserWork.Count + Published.Count > 0
        || Views.Any(v => v.Changed)
        || Aggregates.Any(a => a.Root.RaisedEvents.Count > 0 || a.StateChanged);

    private async ValueTask<IReadOnlyList<Message>> SaveDraftAsync(CancellationToken cancellationToken)
    {
        var draft = new CommitDraft(this);
        var committed = await CommitAsync(draft, cancellationToken).ConfigureAwait(false);
        if (draft.Published.Count > 0)
            await Workspace.PublishAsync(draft).ConfigureAwait(false);
        return committed;
    }

    private async ValueTask<IReadOnlyList<Message>> CommitAsync(CommitDraft draft, CancellationToken cancellationToken)
    {
        using var activity = Telemetry.Start("commit", Domain.Model.Name);
        try
        {
            await draft.CollectAsync(cancellationToken).ConfigureAwait(false);
            End("it is committed, or its commit was refused");
            var commit = draft.Build();
            if (commit is null)
                return [];
            return await Workspace.CommitAsync(draft, commit, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // What was collected so far must not be committed without the rest by a second try.
            End("its commit could not be put together");
            AfterCommit.Unmark(e);
            activity?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);
            throw;
        }
    }

    private TrackedAggregate? Tracked(AggregateModel model, string id)
    {
        foreach (var tracked in _aggregates ?? [])
        {
            if (tracked.Model == model && string.Equals(tracked.Id, id, StringComparison.Ordinal))
                return tracked;
        }

        return null;
    }
}
