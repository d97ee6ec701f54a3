using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Protean.Storage;

namespace Protean;

/// <summary>The name of a stream: <c>{category}-{id}</c>. The category is the text before the first dash.</summary>
public readonly struct StreamName : IEquatable<StreamName>
{
    /// <summary>The category that stands for the whole log.</summary>
    public const string All = "$all";

    /// <summary>The longest id a stream can have.</summary>
    public const int MaxIdLength = 200;

    /// <summary>The longest category a stream can have.</summary>
    public const int MaxCategoryLength = 200;

    /// <summary>What a category of commands ends with.</summary>
    public const string CommandSuffix = ":command";

    private StreamName(string value, string category)
    {
        Value = value;
        Category = category;
    }

    /// <summary>The whole name.</summary>
    public string Value { get; }

    /// <summary>The part before the first dash.</summary>
    public string Category { get; }

    /// <summary>The part after the first dash.</summary>
    public ReadOnlySpan<char> Id => Value is null ? default : Value.AsSpan(Category.Length + 1);

    /// <summary>Puts a name together.</summary>
    /// <exception cref="InvalidStreamNameException">The category or the id cannot be part of a stream name.</exception>
    public static StreamName Create(string category, string id)
    {
        CheckCategory(category);
        CheckId(id, category);
        return new(string.Concat(category, "-", id), category);
    }

    /// <summary>Takes a whole name apart.</summary>
    /// <exception cref="InvalidStreamNameException">The name has no id, or a part that is too long.</exception>
    public static StreamName Parse(string name) =>
        Split(name, null, out var result, out var problem) ? result : throw new InvalidStreamNameException(name, problem);

    /// <summary>Takes a whole name apart whose category the caller already knows, without another copy of it.</summary>
    internal static StreamName FromStored(string name, string category) => new(name, category);

    /// <summary>Takes a whole name apart, if it is one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? name, out StreamName result) => Split(name, null, out result, out _);

    /// <summary>The category of a stream name, or of a category itself: the text before the first dash.</summary>
    /// <returns>The category; an empty text for none.</returns>
    public static string CategoryOf(string? name)
    {
        if (string.IsNullOrEmpty(name))
            return "";
        var dash = name.IndexOf('-', StringComparison.Ordinal);
        return dash < 0 ? name : name[..dash];
    }

    /// <summary>A hash of a text that is the same in every process and version: what partitions are cut by.</summary>
    /// <returns>A number from 0 to <see cref="int.MaxValue"/>.</returns>
    public static int StableHash(ReadOnlySpan<char> text)
    {
        var crc = ~Checksum.Compute(MemoryMarshal.AsBytes(text));
        // A CRC is linear, so its low bits follow the text's; one multiplication spreads them over any number of partitions.
        return (int)((crc * 0x9E3779B1u) >> 1);
    }

    /// <inheritdoc/>
    public bool Equals(StreamName other) => string.Equals(Value, other.Value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StreamName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value is null ? 0 : string.GetHashCode(Value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Value ?? "";

    /// <summary>Whether two names are the same.</summary>
    public static bool operator ==(StreamName left, StreamName right) => left.Equals(right);

    /// <summary>Whether two names differ.</summary>
    public static bool operator !=(StreamName left, StreamName right) => !left.Equals(right);

    private static bool Split(string? name, string? category, out StreamName result, out string problem)
    {
        result = default;
        problem = "";
        var dash = name?.IndexOf('-', StringComparison.Ordinal) ?? -1;
        if (dash <= 0)
            problem = "it has no id: a stream is named '{category}-{id}'";
        else if (dash == name!.Length - 1)
            problem = "its id has no characters";
        else if (dash > MaxCategoryLength)
            problem = $"its category has {dash} characters, and {MaxCategoryLength} are the most";
        else if (name.Length - dash - 1 > MaxIdLength)
            problem = $"its id has {name.Length - dash - 1} characters, and {MaxIdLength} are the most";
        else
            result = new(name, category ?? name[..dash]);
        return problem.Length == 0;
    }

    private static void CheckCategory(string category)
    {
        if (string.IsNullOrEmpty(category) || category.Contains('-', StringComparison.Ordinal) || category.Length > MaxCategoryLength)
            throw new InvalidStreamNameException(category, $"a category has 1 to {MaxCategoryLength} characters and no dash");
    }

    private static void CheckId(string id, string category)
    {
        if (string.IsNullOrEmpty(id))
            throw new InvalidStreamNameException(category + "-", "its id has no characters");
        if (id.Length > MaxIdLength)
            throw new InvalidStreamNameException($"{category}-{id.AsSpan(0, 20)}…", $"its id has {id.Length} characters, and {MaxIdLength} are the most");
    }
}

/// <summary>A text cannot be the name of a stream.</summary>
public sealed class InvalidStreamNameException(string? name, string problem)
    : ProteanException($"'{name}' is not a stream name: {problem}.")
{
    /// <summary>The text that was given.</summary>
    public string? Name { get; } = name;
}
