using System.Globalization;

namespace Protean;

/// <summary>
/// The identity of an aggregate, as text. Converts from <see cref="string"/>, <see cref="Guid"/>, <see cref="int"/> and <see cref="long"/>;
/// a strongly typed id goes through <see cref="From{TId}"/>, or declares a conversion of its own that does.
/// </summary>
public readonly struct AggregateId : IEquatable<AggregateId>
{
    private readonly string? _text;

    private AggregateId(string? text) => _text = text;

    /// <summary>The id as it stands in stream names and document keys.</summary>
    public string Text => _text ?? "";

    /// <summary>A new id that sorts by the time of its making (UUIDv7).</summary>
    public static AggregateId New() => Guid.CreateVersion7();

    /// <summary>The identity behind a value of any supported type, strongly typed ids included.</summary>
    /// <exception cref="InvalidAggregateIdException">The type of the value cannot be an id.</exception>
    public static AggregateId From<TId>(TId id) where TId : notnull => new(IdFormat<TId>.Write(id));

    /// <summary>A text.</summary>
    public static implicit operator AggregateId(string? id) => new(id);

    /// <summary>A <see cref="Guid"/>, in lower case with dashes. <see cref="Guid.Empty"/> is no id.</summary>
    public static implicit operator AggregateId(Guid id) => new(IdFormat<Guid>.Write(id));

    /// <summary>A number.</summary>
    public static implicit operator AggregateId(int id) => new(id.ToString(CultureInfo.InvariantCulture));

    /// <summary>A number.</summary>
    public static implicit operator AggregateId(long id) => new(id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Refuses what cannot be part of a stream name.</summary>
    /// <param name="owner">What the id belongs to, for the message.</param>
    /// <exception cref="InvalidAggregateIdException">The id has no characters, or too many.</exception>
    public string Checked(string owner)
    {
        if (string.IsNullOrEmpty(_text))
            throw new InvalidAggregateIdException(owner, "has no characters: give it an id before it is used");
        if (_text.Length > StreamName.MaxIdLength)
            throw new InvalidAggregateIdException(owner, $"has {_text.Length} characters ('{_text.AsSpan(0, 20)}…'), and {StreamName.MaxIdLength} are the most");
        return _text;
    }

    /// <inheritdoc/>
    public bool Equals(AggregateId other) => string.Equals(Text, other.Text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is AggregateId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(Text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Whether two ids are the same.</summary>
    public static bool operator ==(AggregateId left, AggregateId right) => left.Equals(right);

    /// <summary>Whether two ids differ.</summary>
    public static bool operator !=(AggregateId left, AggregateId right) => !left.Equals(right);
}

/// <summary>Marks a strongly typed id: a type with one public constructor that takes a string, Guid, int or long, and a property of that value.</summary>
/// <example><c>public readonly record struct OrderId(Guid Value) : ITypedId;</c></example>
public interface ITypedId;

/// <summary>A value cannot be the id of an aggregate.</summary>
public sealed class InvalidAggregateIdException(string owner, string problem, Exception? innerException = null)
    : ProteanException($"The id of {owner} {problem}.", innerException)
{
    /// <summary>What the id was to belong to.</summary>
    public string Owner { get; } = owner;
}
