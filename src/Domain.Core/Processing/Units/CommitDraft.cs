using Protean.Storage;

namespace Protean;

/// <summary>Puts the commit of a unit of work together.</summary>
internal sealed class CommitDraft(UnitOfWork unit)
{
    private readonly Domain _domain = unit.Domain;
    private readonly DateTimeOffset _now = StoreTime.Of(unit.Domain.Time.GetUtcNow());
    private readonly List<StreamAppend> _appends = new(2);
    private List<DocumentWrite>? _documents;
    private List<Message>? _inline;
    private List<(INotificationEvent Notification, TrackedAggregate Source)>? _notifications;
    private List<TrackedAggregate>? _saved;
    private List<(StreamName Stream, NewMessage Message, IEvent Payload)>? _recorded;
    private int _published;

    /// <summary>Turns raised events into messages and runs the handlers that belong to the same commit, until nothing new is raised.</summary>
    public async ValueTask CollectAsync(CancellationToken cancellationToken)
    {
        if (unit.IsReadOnly)
            return;
        for (var depth = unit.Depth + 1; CollectRaised() is { } wanted; depth++)
        {
            if (depth > _domain.Model.MaxEventDepth)
                throw new EventDepthExceededException(wanted[0], _domain.Model.MaxEventDepth);
            foreach (var message in wanted)
                await SameCommitHandlers.RunAsync(unit, message, depth, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The commit; nothing if there is nothing to write.</summary>
    public Commit? Build()
    {
        if (unit.IsReadOnly)
            return null;
        if (unit.Extras.HandledCommand is { } handled)
            Append(handled.Stream, ExpectedVersion.Any).Add(handled.Message);
        for (var i = 0; i < unit.Aggregates.Count; i++)
            AddAggregate(unit.Aggregates[i]);
        foreach (var (notification, source) in _notifications ?? [])
        {
            if (!source.IsVoid)
                AddNotification(notification, source);
        }

        foreach (var notification in unit.Notifications)
            AddNotification(notification, null);
        foreach (var (stream, message, payload) in _recorded ?? [])
            Append(stream, message, payload);
        var keys = unit.Extras.Keys;
        foreach (var command in unit.Commands)
            AddCommand(command, keys ??= []);
        foreach (var view in unit.Views)
            AddDocument(view.ToDocument());
        var commit = new Commit
        {
            Appends = _appends,
            Documents = _documents ?? (IReadOnlyList<DocumentWrite>)[],
            Keys = keys ?? (IReadOnlyList<KeyClaim>)[],
            KeyReleases = unit.Extras.KeyReleases ?? (IReadOnlyList<KeyRelease>)[],
            Marks = unit.Extras.Marks,
            UserWork = unit.UserWork,
        };
        IsEmpty = commit.IsEmpty;
        return IsEmpty ? null : commit;
    }

    /// <summary>Whether there was nothing to write.</summary>
    public bool IsEmpty { get; private set; }

    /// <summary>Events for the bus, to be published when this is committed.</summary>
    public IReadOnlyList<IEvent> Published => unit.Published;

    /// <summary>Whether there are messages that inline handlers want.</summary>
    public bool HasInline => _inline is not null;

    /// <summary>Tells the aggregates that they are stored.</summary>
    public void Stored()
    {
        foreach (var tracked in _saved ?? [])
        {
            tracked.Root.Stored(tracked.Root.Version + (tracked.Model.IsEventSourced ? tracked.Messages.Count : 1));
            if (tracked.Removed)
                tracked.Root.MakeReadOnly("it was removed");
        }
    }

    /// <summary>Gives the messages that inline handlers want their places in the log, and returns them.</summary>
    /// <param name="commit">The commit they went to the store with, alone or with those of other units.</param>
    /// <param name="result">What it has become.</param>
    public IReadOnlyList<Message> Located(Commit commit, CommitResult result)
    {
        if (_inline is null)
            return [];
        var messages = new Message[_inline.Count];
        for (var i = 0; i < messages.Length; i++)
        {
            Locate(messages[i] = _inline[i], commit, result);
        }

        return messages;
    }

    private static void Locate(Message message, Commit commit, CommitResult result)
    {
        var before = 0;
        for (var a = 0; a < commit.Appends.Count; a++)
        {
            var (stream, _, messages) = commit.Appends[a];
            for (var index = 0; stream == message.Stream && index < messages.Count; index++)
            {
                if (messages[index].Id != message.Id)
                    continue;
                message.Position = result.StreamPositions[a] + index;
                message.GlobalPosition = result.FirstPosition + before + index;
                return;
            }

            before += messages.Count;
        }
    }

    /// <summary>Makes the events messages that were raised since the last call.</summary>
    /// <returns>Those that handlers of the same commit want; nothing if there are none.</returns>
    private List<Message>? CollectRaised()
    {
        List<Message>? wanted = null;
        for (var i = 0; i < unit.Aggregates.Count; i++)
        {
            var tracked = unit.Aggregates[i];
            while (!tracked.IsVoid && tracked.Collected < tracked.Root.RaisedEvents.Count)
            {
                if (Collect(tracked, tracked.Root.RaisedEvents[tracked.Collected++]) is { } message)
                    (wanted ??= []).Add(message);
            }
        }

        while (_published < unit.Published.Count)
        {
            if (Record(unit.Published[_published++]) is { } message)
                (wanted ??= []).Add(message);
        }

        return wanted;
    }

    private Message? Collect(TrackedAggregate tracked, IEvent payload)
    {
        if (payload is INotificationEvent notification)
            (_notifications ??= []).Add((notification, tracked));
        if (payload is not IDomainEvent)
            return null;
        var type = _domain.Model.Types.Of(payload.GetType());
        var message = ToMessage(type, payload, MessageKind.Event, tracked.Root);
        tracked.Messages.Add(message);
        return _domain.Model.SameCommitHandlersOf(type.ClrType).Length > 0 ? Seen(message, tracked.Stream, payload) : null;
    }

    /// <summary>Records an event of the bus, if it was declared so.</summary>
    private Message? Record(IEvent payload)
    {
        if (_domain.Model.Bus.RecordingOf(payload.GetType()) is not { } recording)
            return null;
        var type = _domain.Model.Types.Of(payload.GetType());
        var stream = recording.StreamOf(payload);
        var message = ToMessage(type, payload, MessageKind.Event, null);
        (_recorded ??= []).Add((stream, message, payload));
        return _domain.Model.SameCommitHandlersOf(type.ClrType).Length > 0 ? Seen(message, stream, payload) : null;
    }

    private Message Seen(in NewMessage message, StreamName stream, object payload) => new()
    {
        Id = message.Id,
        EventCategory = _domain.Model.Types.Of(payload.GetType()).Category,
        Type = message.Type,
        Stream = stream,
        Time = message.Time,
        Kind = message.Kind,
        Metadata = message.Metadata,
        Payload = payload,
    };

    /// <summary>Keeps a message that is going to be stored for the inline handlers that want its type.</summary>
    private void AddInline(List<NewMessage> append, int index, StreamName stream, object payload)
    {
        if (_domain.Model.InlineHandlersOf(payload.GetType()).Length > 0)
            (_inline ??= []).Add(Seen(append[index], stream, payload));
    }

    private void AddAggregate(TrackedAggregate tracked)
    {
        var root = tracked.Root;
        if (tracked.IsVoid)
            return;
        root.RefuseUnlessUsable();
        var stateChanged = tracked.StateChanged;
        if (!stateChanged && root.RaisedEvents.Count == 0)
        {
            RefuseNothing(tracked);
            return;
        }

        root.CheckBeforeSave(stateChanged);
        (_saved ??= []).Add(tracked);
        if (tracked.Messages.Count > 0)
            AddEvents(tracked);
        AddDocument(tracked.Model.IsEventSourced ? tracked.ToSnapshot() : tracked.ToDocument());
        if (tracked.Model.RecordsFacts && !tracked.Removed)
            AddFact(tracked);
    }

    private static void RefuseNothing(TrackedAggregate tracked)
    {
        if (tracked.Model.IsEventSourced && tracked.Root.Version < 0)
            throw new InvalidOperationException($"{tracked.Root} is new and has raised no event, so there is nothing to store: an event-sourced aggregate begins with an event.");
    }

    private void AddEvents(TrackedAggregate tracked)
    {
        _appends.Add(new(tracked.Stream, tracked.Model.IsEventSourced ? tracked.Root.Version : ExpectedVersion.Any, tracked.Messages));
        var index = 0;
        for (var i = 0; i < tracked.Root.RaisedEvents.Count; i++)
        {
            if (tracked.Root.RaisedEvents[i] is IDomainEvent raised)
                AddInline(tracked.Messages, index++, tracked.Stream, raised);
        }
    }

    private void AddDocument(DocumentWrite? document)
    {
        if (document is { } write)
            (_documents ??= new(1)).Add(write);
    }

    private void AddFact(TrackedAggregate tracked)
    {
        var fact = tracked.Model.MakeFact!(tracked.Root);
        var type = _domain.Model.Types.Of(fact.GetType());
        var message = ToMessage(type, fact, MessageKind.Fact, tracked.Root);
        Append(StreamName.Create(tracked.Model.FactCategory, tracked.Id), message, fact);
    }

    private void AddNotification(INotificationEvent notification, TrackedAggregate? source)
    {
        var type = _domain.Model.Types.Of(notification.GetType());
        var message = ToMessage(type, notification, MessageKind.Notification, source?.Root);
        // Without an aggregate, those that one cause brings about stay in order.
        var stream = source is not null
            ? StreamName.Create(source.Model.NotificationCategory, source.Id)
            : StreamName.Create($"{_domain.Model.Prefix}::{DomainModel.NotificationStream}", unit.Cause is { } cause ? new string(cause.Stream.Id) : message.Id.ToString());
        Append(stream, message, notification);
    }

    private void AddCommand(PendingCommand command, List<KeyClaim> keys)
    {
        Append(command.Stream, ExpectedVersion.Any).Add(command.ToMessage(_now));
        if (command.Claim(_now) is { } claim)
            keys.Add(claim);
    }

    private NewMessage ToMessage(MessageType type, object payload, MessageKind kind, AggregateRoot? aggregate) => NewMessage.Create(
        Guid.CreateVersion7(_now), type.Name, kind, _now, _domain.Model.Types.Write(type, payload), _domain.Enrich(payload, kind, aggregate, unit.Metadata));

    private void Append(StreamName stream, in NewMessage message, object payload)
    {
        var append = Append(stream, ExpectedVersion.Any);
        append.Add(message);
        AddInline(append, append.Count - 1, stream, payload);
    }

    private List<NewMessage> Append(StreamName stream, long expected)
    {
        foreach (var append in _appends)
        {
            if (append.Stream == stream)
                return (List<NewMessage>)append.Messages;
        }

        var messages = new List<NewMessage>(1);
        _appends.Add(new(stream, expected, messages));
        return messages;
    }
}
