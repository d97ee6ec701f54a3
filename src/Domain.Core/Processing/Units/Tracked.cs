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
}
