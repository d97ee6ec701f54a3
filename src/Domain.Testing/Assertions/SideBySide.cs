using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Protean.Testing;

/// <summary>Shows what was expected beside what there is, line by line.</summary>
internal static class SideBySide
{
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true };

    /// <summary>Fails unless both lists hold equal values of equal types in the same order.</summary>
    public static void Check(string what, IReadOnlyList<object> expected, IReadOnlyList<object> actual, JsonSerializerOptions json)
    {
        var expectedTexts = expected.Select(e => Describe(e, json)).ToArray();
        var actualTexts = actual.Select(a => Describe(a, json)).ToArray();
        if (expectedTexts.SequenceEqual(actualTexts))
            return;
        var headline = expected.Count == actual.Count
            ? $"{what} differ."
            : $"{what} differ: {Count(expected.Count)} expected, and there {(actual.Count == 1 ? "is" : "are")} {actual.Count}.";
        throw new DomainAssertionException(headline + Environment.NewLine + Render(Lines(expectedTexts), Lines(actualTexts)));
    }

    /// <summary>Both columns under their headings, with a mark before each line that differs.</summary>
    public static string Render(IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        const string left = "expected";
        var width = Math.Max(left.Length, expected.Select(l => l.Length).DefaultIfEmpty().Max());
        var result = new StringBuilder();
        result.Append("    ").Append(left.PadRight(width)).Append("   actual").AppendLine();
        for (var i = 0; i < Math.Max(expected.Count, actual.Count); i++)
        {
            var (e, a) = (i < expected.Count ? expected[i] : "", i < actual.Count ? actual[i] : "");
            result.Append(e == a ? "    " : "  ! ").Append(e.PadRight(width)).Append(" | ").Append(a).AppendLine();
        }

        return result.ToString().TrimEnd();
    }

    public static string Describe(object? value, JsonSerializerOptions json)
    {
        if (value is null)
            return "(nothing)";
        var node = JsonSerializer.SerializeToNode(value, json.GetTypeInfo(value.GetType()));
        return value.GetType().Name + " " + (node is JsonObject or JsonArray ? node.ToJsonString(Pretty) : node?.ToJsonString() ?? "null");
    }

    private static string Count(int count) => count == 0 ? "none was" : count == 1 ? "1 was" : $"{count} were";

    private static string[] Lines(IEnumerable<string> texts) => [.. texts.SelectMany(t => t.ReplaceLineEndings("\n").Split('\n'))];
}
