using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Protean.EventStore.Schema;
using Protean.Storage;

namespace Protean.EventStore.Reading;

/// <summary>Turns conditions and orders of queries into SQL over the expressions that indexes are made of.</summary>
internal static class JsonCondition
{
    /// <summary>Whether the member at a path has a value that is not null, as an index compares it.</summary>
    public static string SameAs(IReadOnlyList<string> path, JsonElement value, NpgsqlParameterCollection parameters)
    {
        if (Simple(value) is { } simple)
            return Of(new(path, DocumentComparison.Equal, simple), parameters);
        parameters.Add(new NpgsqlParameter<string> { TypedValue = value.GetRawText(), NpgsqlDbType = NpgsqlDbType.Jsonb });
        var expression = new JsonExpression(path);
        return $"({expression.Kind} = {JsonExpression.Compound} and {expression.Numeric} is null and {expression.String} = ${parameters.Count} #>> '{{}}')";
    }

    public static string Order(DocumentOrder order)
    {
        var expression = new JsonExpression(order.Path);
        // Within one kind there are either numbers or none, so it does not matter where nulls stand; an index can follow the plain order.
        var direction = order.Descending ? " desc" : "";
        return $"{expression.Kind}{direction}, {expression.Numeric}{direction}, {expression.String}{direction}";
    }

    /// <summary>A condition as SQL; its value becomes a parameter.</summary>
    public static string Of(DocumentCondition condition, NpgsqlParameterCollection parameters)
    {
        var expression = new JsonExpression(condition.Path);
        return condition.Comparison switch
        {
            DocumentComparison.Equal => Compare(expression, "=", condition.Value, parameters),
            DocumentComparison.NotEqual => $"not ({Compare(expression, "=", condition.Value, parameters)})",
            _ when condition.Value.Kind == DocumentValueKind.Null => "false",
            _ => Compare(expression, Operator(condition.Comparison), condition.Value, parameters),
        };
    }

    private static DocumentValue? Simple(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => DocumentValue.Of(value.GetBoolean()),
        JsonValueKind.Number => DocumentValue.Number(value.GetRawText()),
        JsonValueKind.String => DocumentValue.Of(value.GetString()!),
        _ => null,
    };

    private static string Operator(DocumentComparison comparison) => comparison switch
    {
        DocumentComparison.Less => "<",
        DocumentComparison.LessOrEqual => "<=",
        DocumentComparison.Greater => ">",
        _ => ">=",
    };

    /// <summary>The kind leads in every index, and what follows is only compared within one kind; the SQL is never null.</summary>
    private static string Compare(JsonExpression expression, string comparison, DocumentValue value, NpgsqlParameterCollection parameters)
    {
        switch (value.Kind)
        {
            case DocumentValueKind.Null:
                return $"{expression.Kind} = {JsonExpression.Null}";
            case DocumentValueKind.Boolean:
                var kind = value.Boolean ? JsonExpression.True : JsonExpression.False;
                return comparison == "=" ? $"{expression.Kind} = {kind}" : $"({expression.Kind} between {JsonExpression.False} and {JsonExpression.True} and {expression.Kind} {comparison} {kind})";
            case DocumentValueKind.Number:
                parameters.Add(new NpgsqlParameter<string> { TypedValue = value.Text!, NpgsqlDbType = NpgsqlDbType.Text });
                return $"({expression.Kind} = {JsonExpression.Number} and {expression.Numeric} {comparison} ${parameters.Count}::numeric)";
            default:
                parameters.Add(new NpgsqlParameter<string> { TypedValue = value.Text!, NpgsqlDbType = NpgsqlDbType.Text });
                return $"({expression.Kind} = {JsonExpression.Text} and {expression.Numeric} is null and {expression.String} {comparison} ${parameters.Count})";
        }
    }
}
