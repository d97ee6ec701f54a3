namespace Protean.EventStore.Schema;

/// <summary>
/// A member of a document as SQL sees it, in three expressions: its kind (0 null, 1 false, 2 true, 3 number, 4 text, 5 object or array), its
/// number and its text. Indexes, conditions and orders are all made of these, so that one index serves them all.
/// </summary>
internal sealed class JsonExpression
{
    public const int Null = 0;
    public const int False = 1;
    public const int True = 2;
    public const int Number = 3;
    public const int Text = 4;
    public const int Compound = 5;

    public JsonExpression(IReadOnlyList<string> path)
    {
        var literal = PostgresIdentifier.Path(path);
        Kind = $"(case jsonb_typeof(body #> {literal}) when 'string' then {Text} when 'number' then {Number} when 'boolean' then case when (body #>> {literal}) = 'true' then {True} else {False} end when 'object' then {Compound} when 'array' then {Compound} else {Null} end)";
        Numeric = $"(case when jsonb_typeof(body #> {literal}) = 'number' then (body #>> {literal})::numeric end)";
        String = $"(case when jsonb_typeof(body #> {literal}) in ('string', 'object', 'array') then body #>> {literal} end collate \"C\")";
    }

    public string Kind { get; }

    public string Numeric { get; }

    public string String { get; }

    /// <summary>The columns of an index.</summary>
    public string Columns => $"{Kind}, {Numeric}, {String}";
}
