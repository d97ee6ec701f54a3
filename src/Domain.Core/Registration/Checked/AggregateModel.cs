using Protean.Storage;

namespace Protean;

/// <summary>An aggregate, checked.</summary>
public sealed class AggregateModel
{
    internal AggregateModel()
    {
    }

    /// <summary>The CLR type.</summary>
    public required Type Type { get; init; }

    /// <summary>The qualified category of its streams; for a stored state also its collection.</summary>
    public required string Category { get; init; }

    /// <summary>Whether its state is the fold of its stream.</summary>
    public required bool IsEventSourced { get; init; }

    /// <summary>How many events lie between two snapshots; 0 for none.</summary>
    public required int SnapshotEvery { get; init; }

    /// <summary>Whether each commit also records the whole state.</summary>
    public required bool RecordsFacts { get; init; }

    /// <summary>The schema stamp of its stored state or snapshots.</summary>
    public required string Stamp { get; init; }

    /// <summary>The indexes over its stored state.</summary>
    public required IReadOnlyList<IndexDefinition> Indexes { get; init; }

    internal Func<AggregateRoot> Create { get; init; } = null!;

    internal Func<AggregateRoot, object>? MakeFact { get; init; }

    /// <summary>Gives an id its one form; nothing for ids that are any text.</summary>
    internal Func<string, string, string>? Canonical { get; init; }

    internal StoredState State { get; init; } = null!;

    internal string FactCategory => Category + ":fact";

    internal string NotificationCategory => Category + ":notification";

    internal string SnapshotCollection => Category + ":snapshot";

    /// <inheritdoc/>
    public override string ToString() => Type.Name;

    /// <summary>The text of an id in stream names and keys: checked, and in the one form that its type has.</summary>
    internal string KeyOf(AggregateId id)
    {
        var text = id.Checked(Type.Name);
        return Canonical is null ? text : Canonical(text, Type.Name);
    }

    internal StreamName StreamOf(AggregateId id) => StreamName.Create(Category, KeyOf(id));

    internal DocumentAddress AddressOf(string id) => new(Category, id);

    /// <summary>Old and new versions of a program keep their snapshots apart.</summary>
    internal DocumentAddress SnapshotAddressOf(string id) => new(SnapshotCollection, $"{Stamp}/{id}");
}
