using System.Text;
using System.Text.Json;

namespace Protean.Testing;

/// <summary>Shows what was expected beside what there is, line by line.</summary>
internal static class SideBySide
{
    private const int ColumnWidth = 72;

    private readonly record struct Row(string Expected, string Actual, bool Differs);

    /// <summary>Fails unless both lists hold the same values in the same order.</summary>
    public static void CheckAll(string what, IReadOnlyList<object> expected, IReadOnlyList<object> actual, JsonSerializerOptions json)
    {
        if (Compare(expected, actual, json) is not { } table)
            return;
        var headline = expected.Count == actual.Count
            ? $"{what} differ."
            : $"{what} differ: {Count(expected.Count)} expected, and there {(actual.Count == 1 ? "is" : "are")} {(actual.Count == 0 ? "none" : actual.Count)}.";
        throw new DomainAssertionException(headline + Environment.NewLine + table);
    }

    /// <summary>Fails unless both are the same, or both are nothing.</summary>
    public static void CheckOne(string what, object? expected, object? actual, JsonSerializerOptions json)
    {
        if (Compare(expected is null ? [] : [expected], actual is null ? [] : [actual], json) is { } table)
            throw new DomainAssertionException($"{what} differs.{Environment.NewLine}{table}");
    }

    /// <summary>Fails unless the expected values are among the actual ones, in the same order.</summary>
    public static void CheckContained(string what, IReadOnlyList<object> expected, IReadOnlyList<object> actual, JsonSerializerOptions json)
    {
        var (left, right) = Shown.Of(expected, actual, json);
        var next = 0;
        foreach (var value in right)
        {
            if (next < left.Length && left[next].IsSameAs(value))
                next++;
        }

        if (next < left.Length)
            throw new DomainAssertionException($"{what} differ: not all that were expected are there in this order.{Environment.NewLine}{Compare(expected, actual, json)}");
    }

    /// <summary>What was expected, in words, beside the values that there are.</summary>
    public static string Against(string expected, IReadOnlyList<object> actual, JsonSerializerOptions json) =>
        Render([.. Beside(Lines(expected), LinesOf(Shown.Of([], actual, json).Actual))]);

    /// <summary>Both texts, each line marked that differs.</summary>
    public static string Show(string expected, string actual) => Render([.. Beside(Lines(expected), Lines(actual))]);

    private static string? Compare(IReadOnlyList<object> expected, IReadOnlyList<object> actual, JsonSerializerOptions json)
    {
        var (left, right) = Shown.Of(expected, actual, json);
        var pairs = Alignment.Of(left.Length, right.Length, (e, a) => left[e].IsSameAs(right[a]));
        if (pairs.All(p => p.Same))
            return null;
        if (left.Length == 0 || right.Length == 0)
            return Render([.. Beside(LinesOf(left), LinesOf(right))]);
        return Render([.. pairs.SelectMany(p => Rows(p.Expected is { } e ? left[e].Lines : [], p.Actual is { } a ? right[a].Lines : [], p.Same))]);
    }

    private static IReadOnlyList<string> LinesOf(Shown[] values) => values.Length == 0 ? ["(nothing)"] : [.. values.SelectMany(v => v.Lines)];

    private static IEnumerable<Row> Rows(IReadOnlyList<string> expected, IReadOnlyList<string> actual, bool same) => same
        ? Enumerable.Range(0, Math.Max(expected.Count, actual.Count)).SelectMany(i => Wrap(expected.ElementAtOrDefault(i), actual.ElementAtOrDefault(i), false))
        : Beside(expected, actual);

    private static IEnumerable<Row> Beside(IReadOnlyList<string> expected, IReadOnlyList<string> actual) =>
        Alignment.Of(expected.Count, actual.Count, (e, a) => expected[e] == actual[a])
            .SelectMany(p => Wrap(p.Expected is { } e ? expected[e] : null, p.Actual is { } a ? actual[a] : null, !p.Same));

    /// <summary>A long line goes on below; each piece is marked for itself.</summary>
    private static IEnumerable<Row> Wrap(string? expected, string? actual, bool differs)
    {
        var (left, right) = (Pieces(expected), Pieces(actual));
        for (var i = 0; i < Math.Max(left.Length, right.Length); i++)
        {
            var (e, a) = (left.ElementAtOrDefault(i), right.ElementAtOrDefault(i));
            yield return new(e ?? "", a ?? "", differs && e != a);
        }
    }

    private static string[] Pieces(string? line) => line is null ? [] : line.Length == 0 ? [""] : [.. line.Chunk(ColumnWidth).Select(c => new string(c))];

    private static string Render(IReadOnlyList<Row> rows)
    {
        const string left = "expected";
        var width = Math.Max(left.Length, rows.Select(r => r.Expected.Length).DefaultIfEmpty().Max());
        var result = new StringBuilder();
        Append(new(left, "actual", false));
        foreach (var row in rows)
            Append(row);
        return result.ToString().TrimEnd();

        void Append(Row row) =>
            result.AppendLine($"{(row.Differs ? "  ! " : "    ")}{row.Expected.PadRight(width)} | {row.Actual}".TrimEnd());
    }

    private static string[] Lines(string text) => text.ReplaceLineEndings("\n").Split('\n');

    private static string Count(int count) => count == 0 ? "none was" : count == 1 ? "1 was" : $"{count} were";
}
