using System.Buffers;

namespace Protean.EventStore.Schema;

/// <summary>The name of the schema, which stands in SQL as it is: nothing but what needs no quotes passes.</summary>
internal static class SchemaName
{
    private const int MaxLength = 50;
    private static readonly SearchValues<char> Characters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");

    public static void Check(string schema)
    {
        if (string.IsNullOrEmpty(schema) || schema.Length > MaxLength || char.IsAsciiDigit(schema[0]) || schema.AsSpan().ContainsAnyExcept(Characters)
            || schema.StartsWith("pg_", StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"'{schema}' cannot be the schema of the PostgreSQL store: a schema has 1 to {MaxLength} lower-case letters, digits and underscores, and begins with neither a digit nor 'pg_'.",
                nameof(schema));
        }
    }
}
