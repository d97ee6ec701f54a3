using Protean.Storage;

namespace Protean;

/// <summary>Makes aggregates from what is stored of them.</summary>
internal sealed class AggregateLoader(IEventStore store, MessageTypes types)
{
    private const int PageSize = 1000;

    public ValueTask<AggregateRoot?> LoadAsync(AggregateModel model, string id, CancellationToken cancellationToken) =>
        model.IsEventSourced ? RebuildAsync(model, id, null, null, cancellationToken) : ReadStateAsync(model, id, cancellationToken);

    /// <summary>Loads a past state, to be read only.</summary>
    public async ValueTask<AggregateRoot?> LoadPastAsync(AggregateModel model, string id, long? atVersion, DateTimeOffset? asOf, CancellationToken cancellationToken)
    {
        if (!model.IsEventSourced)
            throw new NotSupportedException($"{model.Type.Name} stores its state and not its history, so its past cannot be loaded: derive it from {nameof(EventSourcedAggregate)}, or read its events.");
        if (atVersion < 0)
            throw new ArgumentOutOfRangeException(nameof(atVersion), atVersion, "Versions begin with 0.");
        var root = await RebuildAsync(model, id, atVersion, asOf, cancellationToken).ConfigureAwait(false);
        root?.MakeReadOnly("it is a state of the past, loaded to be read only");
        return root;
    }

    public async ValueTask<bool> ExistsAsync(AggregateModel model, string id, CancellationToken cancellationToken)
    {
        if (!model.IsEventSourced)
            return await store.LoadDocumentAsync(model.AddressOf(id), cancellationToken).ConfigureAwait(false) is not null;
        var page = await store.ReadStreamAsync(new() { Stream = model.StreamOf(id), MaxCount = 1 }, cancellationToken).ConfigureAwait(false);
        return page.Version >= 0 && !page.IsArchived;
    }

    public static AggregateRoot FromDocument(AggregateModel model, StoredDocument document)
    {
        var root = (AggregateRoot)model.State.Read(document, model.Category);
        root.Format = model.State.Format;
        root.Loaded(document.Version - 1);
        return root;
    }

    private async ValueTask<AggregateRoot?> ReadStateAsync(AggregateModel model, string id, CancellationToken cancellationToken)
    {
        var document = await store.LoadDocumentAsync(model.AddressOf(id), cancellationToken).ConfigureAwait(false);
        return document is null ? null : FromDocument(model, document);
    }

    private async ValueTask<AggregateRoot?> RebuildAsync(AggregateModel model, string id, long? atVersion, DateTimeOffset? asOf, CancellationToken cancellationToken)
    {
        try
        {
            return await FoldAsync(model, id, atVersion, asOf, bodiesOnly: asOf is null, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (asOf is null && e is ReplayException or UnknownEventException or CorruptMessageException or MessageFormatException)
        {
            // The same again with all there is about the messages, so that the error can say which one it is.
            return await FoldAsync(model, id, atVersion, asOf, bodiesOnly: false, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<AggregateRoot?> FoldAsync(
        AggregateModel model, string id, long? atVersion, DateTimeOffset? asOf, bool bodiesOnly, CancellationToken cancellationToken)
    {
        var isPast = atVersion is not null || asOf is not null;
        var read = new StreamRead
        {
            Stream = model.StreamOf(id),
            MaxCount = PageSize,
            BodiesOnly = bodiesOnly,
            Snapshot = model.SnapshotEvery > 0 && !isPast ? model.SnapshotAddressOf(id) : null,
        };
        AggregateRoot? root = null;
        while (true)
        {
            var page = await store.ReadStreamAsync(read, cancellationToken).ConfigureAwait(false);
            if (page.Version < 0 || (page.IsArchived && !isPast))
                return null;
            if (page.Snapshot is { } snapshot)
            {
                root = FromDocument(model, snapshot);
                root.SnapshotVersion = snapshot.Version;
            }

            var ended = false;
            foreach (var message in page.Messages)
            {
                ended = message.Position > atVersion || message.Time > asOf;
                if (ended)
                    break;
                root = Apply(model, id, root, message);
            }

            if (ended || page.IsEnd || page.Messages.Count == 0)
                return Loaded(root, atVersion);
            read = read with { From = page.Messages[^1].Position + 1, Snapshot = null };
        }
    }

    private static AggregateRoot? Loaded(AggregateRoot? root, long? atVersion)
    {
        if (root is null || root.Version < atVersion)
            return null;
        root.Loaded(root.Version);
        return root;
    }

    private static void Replay(AggregateRoot root, IEvent payload, StoredMessage message)
    {
        try
        {
            root.Replay(payload);
        }
        catch (Exception e) when (e is not MissingApplyException)
        {
            throw new ReplayException(root, message, e);
        }
    }

    private AggregateRoot Apply(AggregateModel model, string id, AggregateRoot? root, StoredMessage message)
    {
        if (message.Kind == MessageKind.Baseline)
        {
            var stamp = message.Type[(message.Type.LastIndexOf('.') + 1)..];
            return FromDocument(model, new StoredDocument(id, message.Position + 1, stamp, message.Body));
        }

        if (root is null)
        {
            root = model.Create();
            root.Format = model.State.Format;
            root.Identify(id);
        }

        if (message.Kind == MessageKind.Event)
        {
            var payload = types.Read(message) as IEvent
                ?? throw new UnknownEventException(model.Type, message);
            Replay(root, payload, message);
        }

        root.Version = message.Position;
        return root;
    }
}

/// <summary>An event-sourced aggregate cannot be loaded, because one of its <c>Apply</c> methods failed on a stored event.</summary>
public sealed class ReplayException(AggregateRoot aggregate, StoredMessage message, Exception innerException)
    : ProteanException($"{aggregate} cannot be loaded: applying {message.Type} at {message.Stream}:{message.Position} failed: {innerException.Message}", innerException)
{
    /// <summary>The id of the message that could not be applied.</summary>
    public Guid MessageId { get; } = message.Id;
}

/// <summary>An event-sourced aggregate cannot be loaded, because its stream holds an event that the domain does not know.</summary>
public sealed class UnknownEventException(Type aggregate, StoredMessage message)
    : ProteanException($"{aggregate.Name} cannot be loaded: {message.Stream}:{message.Position} holds an event of type '{message.Type}', which is not registered. Declare it, or name the type that took its place with [FormerName].")
{
    /// <summary>The aggregate's type.</summary>
    public Type Aggregate { get; } = aggregate;

    /// <summary>The type name that nobody registered.</summary>
    public string MessageType { get; } = message.Type;
}
