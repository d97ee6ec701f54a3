using Protean.Storage;

namespace Protean;

/// <summary>An aggregate that a unit of work answers for.</summary>
internal sealed class TrackedAggregate(AggregateModel model, AggregateRoot root, string id)
{
    public AggregateModel Model => model;

    public AggregateRoot Root => root;

    public string Id => id;

    public StreamName Stream { get; } = StreamName.Create(model.Category, id);

    public bool Removed { get; set; }

    /// <summary>Whether it was added and removed again, so that nothing of it is stored.</summary>
    public bool IsVoid => Removed && root.Version < 0;

    /// <summary>The events raised so far, as messages.</summary>
    public List<NewMessage> Messages { get; } = new(1);

    /// <summary>How many of the raised events have been looked at.</summary>
    public int Collected { get; set; }

    /// <summary>Whether a stored state is to be written. What raised an event is, so that its version tells of it.</summary>
    public bool StateChanged => !model.IsEventSourced
        && (root.Version < 0 || Removed || root.RaisedEvents.Count > 0 || root.StoredState is not { } stored || root.Format.Fingerprint(root) != stored);

    /// <summary>The stored state as it is to be.</summary>
    public DocumentWrite ToDocument() => new()
    {
        Collection = model.Category,
        Key = id,
        ExpectedVersion = root.Version + 1,
        Version = Removed ? 0 : root.Version + 2,
        Stamp = model.Stamp,
        // Typed, because a null array would become an empty body.
        Body = Removed ? default(ReadOnlyMemory<byte>?) : model.State.Write(root),
    };

    /// <summary>A snapshot of the state with the events raised so far, when it is time for one.</summary>
    public DocumentWrite? ToSnapshot()
    {
        var events = root.Version + 1 + Messages.Count;
        if (model.SnapshotEvery == 0 || events - root.SnapshotVersion < model.SnapshotEvery)
            return null;
        var address = model.SnapshotAddressOf(id);
        root.SnapshotVersion = events;
        return new()
        {
            Collection = address.Collection,
            Key = address.Key,
            ExpectedVersion = ExpectedDocument.Older,
            Version = events,
            Stamp = model.Stamp,
            Body = model.State.Write(root),
        };
    }
}

/// <summary>A document of a projection that a unit of work has changed.</summary>
internal sealed class TrackedView(ViewModel model, string key, long generation, long version)
{
    public ViewModel Model => model;

    public string Key => key;

    public long Generation => generation;

    /// <summary>The stored version; 0 for none.</summary>
    public long Version => version;

    /// <summary>The document as it is to be; nothing when it is to be deleted.</summary>
    public object? Document { get; set; }

    public bool Changed { get; set; }

    /// <summary>The document as it is to be; nothing if there is nothing to write.</summary>
    public DocumentWrite? ToDocument() => !Changed || (Document is null && version == 0) ? null : new()
    {
        Collection = model.Collection,
        Generation = generation,
        Key = key,
        ExpectedVersion = version,
        Version = Document is null ? 0 : version + 1,
        Stamp = model.Stamp,
        // Typed, because a null array would become an empty body.
        Body = Document is null ? default(ReadOnlyMemory<byte>?) : model.State.Write(Document),
    };
}
