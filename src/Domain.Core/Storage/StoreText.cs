namespace Protean.Storage;

/// <summary>What texts must be like that a store uses as keys, so that every store can index them.</summary>
internal static class StoreText
{
    private const int Shown = 40;

    public static void Check(string? text, string what, int maxLength, string paramName)
    {
        if (string.IsNullOrEmpty(text))
            throw new ArgumentException($"{what} is missing: it has 1 to {maxLength} characters.", paramName);
        if (text.Length > maxLength)
            throw new ArgumentException($"{what} '{text.AsSpan(0, Shown)}…' has {text.Length} characters, and {maxLength} are the most.", paramName);
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"{what} '{text.Replace("\0", "\\0", StringComparison.Ordinal)}' contains the character U+0000.", paramName);
    }

    public static void CheckOptional(string? text, string what, int maxLength, string paramName)
    {
        if (text is not null)
            Check(text, what, maxLength, paramName);
    }

    public static void CheckStream(StreamName stream, string paramName)
    {
        if (stream.Value is null)
            throw new ArgumentException("The stream has no name: a stream is named '{category}-{id}'.", paramName);
        if (stream.Value.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"The stream's name '{stream.Value.Replace("\0", "\\0", StringComparison.Ordinal)}' contains the character U+0000.", paramName);
    }

    public static void CheckPath(IReadOnlyList<string>? path, string paramName)
    {
        if (path is null || path.Count == 0)
            throw new ArgumentException("A path is empty: it names at least one member.", paramName);
        for (var i = 0; i < path.Count; i++)
        {
            Check(path[i], "A member of a path", CommitValidation.MaxNameLength, paramName);
            if (path[i].AsSpan().IndexOfAny('"', '\\') >= 0)
                throw new ArgumentException($"A path cannot contain a quote or a backslash, as '{path[i]}' does.", paramName);
        }
    }
}
