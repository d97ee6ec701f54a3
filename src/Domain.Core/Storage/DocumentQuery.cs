namespace Protean.Storage;

/// <summary>Asks a collection for documents.</summary>
public sealed record DocumentQuery
{
    /// <summary>The collection.</summary>
    public required string Collection { get; init; }

    /// <summary>The generation; none is the live one.</summary>
    public long? Generation { get; init; }

    /// <summary>Conditions that must all hold.</summary>
    public IReadOnlyList<DocumentCondition> Where { get; init; } = [];

    /// <summary>The order; documents that are equal in it follow by key, ascending, by code point.</summary>
    public IReadOnlyList<DocumentOrder> OrderBy { get; init; } = [];

    /// <summary>How many to pass over: 0 or more.</summary>
    public int Skip { get; init; }

    /// <summary>How many to return: 1 or more.</summary>
    public int Take { get; init; } = int.MaxValue;
}

/// <summary>A condition on one member.</summary>
/// <param name="Path">The names of the JSON members that lead to the value, such as <c>address</c>, <c>city</c>.</param>
/// <param name="Comparison">How the value is compared. A missing value and a JSON null are the same: null.</param>
/// <param name="Value">What it is compared with. Null equals null only; where null is on either side, less and greater, "or equal" included, never hold.</param>
public sealed record DocumentCondition(IReadOnlyList<string> Path, DocumentComparison Comparison, DocumentValue Value);

/// <summary>
/// An order by one member: null first, then false, true, numbers by value, texts by code point (which is the order of their UTF-8 bytes, so
/// that a database can follow it).
/// </summary>
/// <param name="Path">The names of the JSON members that lead to the value.</param>
/// <param name="Descending">Whether the greatest comes first.</param>
public sealed record DocumentOrder(IReadOnlyList<string> Path, bool Descending = false);

/// <summary>How a member is compared.</summary>
public enum DocumentComparison
{
    /// <summary>Equal.</summary>
    Equal,

    /// <summary>Not equal; null is not equal to any value.</summary>
    NotEqual,

    /// <summary>Less.</summary>
    Less,

    /// <summary>Less or equal.</summary>
    LessOrEqual,

    /// <summary>Greater.</summary>
    Greater,

    /// <summary>Greater or equal.</summary>
    GreaterOrEqual,
}

/// <summary>The JSON types that can be compared.</summary>
public enum DocumentValueKind
{
    /// <summary>JSON null, or no member at all.</summary>
    Null,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A text, which dates and ids are too.</summary>
    Text,
}

/// <summary>A JSON value to compare with. Values of different kinds are never equal, less or greater.</summary>
public readonly record struct DocumentValue
{
    private DocumentValue(DocumentValueKind kind, string? text, bool boolean = false)
    {
        Kind = kind;
        Text = text;
        Boolean = boolean;
    }

    /// <summary>The kind of the value.</summary>
    public DocumentValueKind Kind { get; }

    /// <summary>The text; for a number its JSON notation.</summary>
    public string? Text { get; }

    /// <summary>The boolean.</summary>
    public bool Boolean { get; }

    /// <summary>JSON null.</summary>
    public static DocumentValue Null => default;

    /// <summary>A boolean.</summary>
    public static DocumentValue Of(bool value) => new(DocumentValueKind.Boolean, null, value);

    /// <summary>A text.</summary>
    public static DocumentValue Of(string value) => new(DocumentValueKind.Text, value);

    /// <summary>A whole number.</summary>
    public static DocumentValue Of(long value) => Number(value.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>A decimal number.</summary>
    public static DocumentValue Of(decimal value) => Number(value.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>A number in JSON notation.</summary>
    public static DocumentValue Number(string json) => new(DocumentValueKind.Number, json);

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        DocumentValueKind.Null => "null",
        DocumentValueKind.Boolean => Boolean ? "true" : "false",
        DocumentValueKind.Number => Text!,
        _ => $"'{Text}'",
    };
}
