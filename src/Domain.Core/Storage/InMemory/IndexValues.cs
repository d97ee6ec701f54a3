using System.Text.Json;

namespace Protean.Storage.InMemory;

/// <summary>The values of one document in one index.</summary>
internal sealed class IndexValues : IEquatable<IndexValues>
{
    private readonly JsonScalar[] _values;

    public IndexValues(JsonScalar[] values) => _values = values;

    /// <summary>Reads the values of an index.</summary>
    /// <returns>Nothing when one of them is null: such a document is exempt.</returns>
    public static IndexValues? Of(JsonElement document, IndexDefinition index)
    {
        var values = new JsonScalar[index.Paths.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = JsonScalar.At(document, index.Paths[i]);
            if (values[i].Kind == JsonScalarKind.Null)
                return null;
        }

        return new(values);
    }

    public bool Equals(IndexValues? other) => other is not null && _values.AsSpan().SequenceEqual(other._values);

    public override bool Equals(object? obj) => Equals(obj as IndexValues);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var value in _values)
            hash.Add(value);
        return hash.ToHashCode();
    }

    public override string ToString() => _values.Length == 1 ? _values[0].ToString() : $"({string.Join(", ", _values)})";
}
