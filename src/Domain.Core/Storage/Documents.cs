namespace Protean.Storage;

/// <summary>A document to write or to delete.</summary>
public readonly record struct DocumentWrite
{
    /// <summary>The collection, declared in the <see cref="StoreDefinition"/>.</summary>
    public required string Collection { get; init; }

    /// <summary>The generation the writer means; a generation that is neither live nor being built refuses the commit.</summary>
    public long Generation { get; init; }

    /// <summary>The key within the collection, 1 to 250 characters.</summary>
    public required string Key { get; init; }

    /// <summary>The stored version, or a constant of <see cref="ExpectedDocument"/>.</summary>
    public required long ExpectedVersion { get; init; }

    /// <summary>The version it gets: one or more. A delete has none.</summary>
    public long Version { get; init; }

    /// <summary>The schema stamp of the body; none is an empty text.</summary>
    public string? Stamp { get; init; }

    /// <summary>The UTF-8 JSON object, or nothing to delete the document.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }
}

/// <summary>A document as it stands in the store.</summary>
/// <param name="Key">The key within its collection.</param>
/// <param name="Version">Its version, from 1.</param>
/// <param name="Stamp">The schema stamp of the body.</param>
/// <param name="Body">The UTF-8 JSON. Equal to what was written as JSON, not always byte for byte.</param>
public sealed record StoredDocument(string Key, long Version, string Stamp, ReadOnlyMemory<byte> Body);

/// <summary>Where a document stands.</summary>
/// <param name="Collection">The collection.</param>
/// <param name="Key">The key within it.</param>
/// <param name="Generation">The generation; none is the live one. One that is not there has no documents.</param>
public readonly record struct DocumentAddress(string Collection, string Key, long? Generation = null);

/// <summary>The generations of a collection: the live one and those being built beside it.</summary>
/// <param name="Collection">The collection.</param>
/// <param name="Live">The generation readers see. A collection begins with generation 0.</param>
/// <param name="Building">The generations that are being built, the lowest first.</param>
public sealed record CollectionGenerations(string Collection, long Live, IReadOnlyList<long> Building);

/// <summary>Changes the generations of a collection.</summary>
/// <param name="Collection">The collection.</param>
/// <param name="Action">What is to happen.</param>
/// <param name="Generation">The generation it happens to. To begin one, a number that was never used in the collection.</param>
/// <param name="ExpectedLive">The generation that must be live for the change to be taken.</param>
public readonly record struct GenerationChange(string Collection, GenerationAction Action, long Generation, long ExpectedLive);

/// <summary>What happens to a generation.</summary>
public enum GenerationAction
{
    /// <summary>It is begun, empty, beside the live one.</summary>
    Begin,

    /// <summary>It becomes the live one. The one that was live is dropped with its documents.</summary>
    Activate,

    /// <summary>It is given up, with its documents. The live one cannot be dropped.</summary>
    Drop,
}
