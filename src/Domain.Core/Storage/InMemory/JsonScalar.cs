using System.Globalization;
using System.Text.Json;

namespace Protean.Storage.InMemory;

/// <summary>A JSON value as queries and indexes see it. The kinds stand in their order.</summary>
internal enum JsonScalarKind
{
    Null,
    False,
    True,
    Number,
    Text,

    /// <summary>An object or an array, which equals no value that can be asked for.</summary>
    Compound,
}

/// <summary>A JSON value as queries and indexes see it: numbers by value, texts by code point.</summary>
internal readonly record struct JsonScalar
{
    private readonly decimal _exact;
    private readonly double _rough;
    private readonly bool _isExact;

    private JsonScalar(JsonScalarKind kind, string? text = null)
    {
        Kind = kind;
        Text = text;
    }

    private JsonScalar(decimal? exact, double rough)
    {
        Kind = JsonScalarKind.Number;
        // A decimal cannot hold what is too small for it: it would become zero.
        _isExact = exact is not null && (exact != 0 || rough == 0);
        _exact = _isExact ? exact!.Value : 0;
        _rough = _isExact ? 0 : rough;
    }

    public JsonScalarKind Kind { get; }

    private string? Text { get; }

    private double Rough => _isExact ? (double)_exact : _rough;

    public static JsonScalar From(DocumentValue value) => value.Kind switch
    {
        DocumentValueKind.Boolean => new(value.Boolean ? JsonScalarKind.True : JsonScalarKind.False),
        DocumentValueKind.Number => ParseNumber(value.Text!),
        DocumentValueKind.Text => new(JsonScalarKind.Text, value.Text),
        _ => default,
    };

    /// <summary>Follows a path; what is not there is null.</summary>
    public static JsonScalar At(JsonElement element, IReadOnlyList<string> path)
    {
        for (var i = 0; i < path.Count; i++)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(path[i], out element))
                return default;
        }

        return element.ValueKind switch
        {
            JsonValueKind.False => new(JsonScalarKind.False),
            JsonValueKind.True => new(JsonScalarKind.True),
            JsonValueKind.Number => ParseNumber(element.GetRawText()),
            JsonValueKind.String => new(JsonScalarKind.Text, element.GetString()),
            JsonValueKind.Object or JsonValueKind.Array => new(JsonScalarKind.Compound, element.GetRawText()),
            _ => default,
        };
    }

    public int CompareTo(JsonScalar other)
    {
        if (Kind != other.Kind)
            return Kind.CompareTo(other.Kind);
        if (Kind != JsonScalarKind.Number)
            return CodePointOrder.Compare(Text, other.Text);
        return _isExact && other._isExact ? _exact.CompareTo(other._exact) : Rough.CompareTo(other.Rough);
    }

    /// <summary>Whether less and greater mean anything between two values.</summary>
    public bool IsComparableTo(JsonScalar other) => Kind switch
    {
        JsonScalarKind.False or JsonScalarKind.True => other.Kind is JsonScalarKind.False or JsonScalarKind.True,
        JsonScalarKind.Number or JsonScalarKind.Text => other.Kind == Kind,
        _ => false,
    };

    public override string ToString() => Kind switch
    {
        JsonScalarKind.Number when _isExact => _exact.ToString(CultureInfo.InvariantCulture),
        JsonScalarKind.Number => _rough.ToString("R", CultureInfo.InvariantCulture),
        JsonScalarKind.Text => $"'{Text}'",
        JsonScalarKind.Compound => Text!,
        JsonScalarKind.False => "false",
        JsonScalarKind.True => "true",
        _ => "null",
    };

    private static JsonScalar ParseNumber(string json)
    {
        var exact = decimal.TryParse(json, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : (decimal?)null;
        return new(exact, double.Parse(json, NumberStyles.Float, CultureInfo.InvariantCulture));
    }
}
