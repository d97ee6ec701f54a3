using Protean.Storage;

namespace Protean;

/// <summary>What a projection keeps: documents of one type in one collection.</summary>
public sealed class ViewModel
{
    internal ViewModel()
    {
    }

    /// <summary>The CLR type of the documents.</summary>
    public required Type Type { get; init; }

    /// <summary>The collection they stand in.</summary>
    public required string Collection { get; init; }

    /// <summary>The version of the projection that keeps them.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The schema stamp.</summary>
    public required string Stamp { get; init; }

    /// <summary>The indexes.</summary>
    public required IReadOnlyList<IndexDefinition> Indexes { get; init; }

    internal StoredState State { get; init; } = null!;

    /// <inheritdoc/>
    public override string ToString() => Type.Name;
}
