namespace Protean.Storage;

/// <summary>What a domain needs of its store: its collections and their indexes.</summary>
/// <param name="Domain">The name of the domain, for messages.</param>
/// <param name="Collections">The collections of documents.</param>
public sealed record StoreDefinition(string Domain, IReadOnlyList<CollectionDefinition> Collections);

/// <summary>A collection of documents.</summary>
/// <param name="Name">The name: lower-case letters, digits, <c>_</c> and <c>:</c>, 1 to 200 characters.</param>
/// <param name="Indexes">The indexes over its members.</param>
public sealed record CollectionDefinition(string Name, IReadOnlyList<IndexDefinition> Indexes);

/// <summary>An index over members of a collection's documents. A unique one holds within a generation; a null among its values exempts the document.</summary>
/// <param name="Name">The name: lower-case letters, digits and <c>_</c>, 1 to 50 characters, unique in the collection.</param>
/// <param name="Paths">The indexed members, in order.</param>
/// <param name="Unique">Whether no two documents may have the same values.</param>
public sealed record IndexDefinition(string Name, IReadOnlyList<IReadOnlyList<string>> Paths, bool Unique);
