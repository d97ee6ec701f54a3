namespace Protean.Storage.InMemory;

/// <summary>The order of texts by code point, which is that of their UTF-8 bytes in a database.</summary>
internal static class CodePointOrder
{
    public static int Compare(string? left, string? right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        if (left is null || right is null || common == left.Length || common == right.Length)
            return (left?.Length ?? -1).CompareTo(right?.Length ?? -1);
        return Rank(left[common]).CompareTo(Rank(right[common]));
    }

    // A surrogate stands for a code point above all others, but has a code unit below U+E000.
    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + char.MaxValue : unit;
}
