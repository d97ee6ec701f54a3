using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Protean.EventStore.Schema;

/// <summary>Makes identifiers from names that were checked before, and literals for DDL, which takes no parameters.</summary>
internal static class PostgresIdentifier
{
    private const int PrefixLength = 36;
    private const int HashLength = 8;

    private static readonly SearchValues<char> HashDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>A table's or index's name: readable at the front, unique at the end, never longer than PostgreSQL allows.</summary>
    public static string Of(string kind, string name)
    {
        var readable = new StringBuilder(kind).Append('_');
        foreach (var c in name.AsSpan(0, Math.Min(name.Length, PrefixLength)))
            readable.Append(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? c : '_');
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        return readable.Append('_').Append(Convert.ToHexStringLower(hash.AsSpan(0, HashLength / 2))).ToString();
    }

    /// <summary>Whether a name is one that was made here.</summary>
    public static bool IsOf(string kind, string name) =>
        name.Length > kind.Length + HashLength + 1
        && name.StartsWith(kind + "_", StringComparison.Ordinal)
        && name[^(HashLength + 1)] == '_'
        && !name.AsSpan(name.Length - HashLength).ContainsAnyExcept(HashDigits);

    /// <summary>A text as a literal.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A path of members as a literal of type text[]. Its members contain neither quotes nor backslashes.</summary>
    public static string Path(IReadOnlyList<string> path) => Literal("{" + string.Join(',', path.Select(static member => $"\"{member}\"")) + "}") + "::text[]";
}
