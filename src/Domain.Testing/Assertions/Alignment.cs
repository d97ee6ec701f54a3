namespace Protean.Testing;

/// <summary>Puts two lists beside each other so that what is the same in both stands on one line, however much is missing or added in between.</summary>
internal static class Alignment
{
    private const int MostPairs = 1_000_000;

    /// <summary>Pairs the indexes of both lists; a missing one has no partner.</summary>
    public static List<(int? Expected, int? Actual, bool Same)> Of(int expected, int actual, Func<int, int, bool> same)
    {
        // Too much to compare each with each: line by line then.
        var common = (long)expected * actual > MostPairs ? new int[1, 1] : CommonAfter(expected, actual, same);
        List<(int?, int?, bool)> pairs = [];
        List<int> missing = [], added = [];
        var (e, a) = (0, 0);
        while (common.Length > 1 && e < expected && a < actual)
        {
            if (same(e, a))
            {
                Flush(pairs, missing, added);
                pairs.Add((e++, a++, true));
            }
            else if (common[e + 1, a] >= common[e, a + 1])
            {
                missing.Add(e++);
            }
            else
            {
                added.Add(a++);
            }
        }

        missing.AddRange(Enumerable.Range(e, expected - e));
        added.AddRange(Enumerable.Range(a, actual - a));
        Flush(pairs, missing, added);
        return pairs;
    }

    /// <summary>How many stand in both lists, in the same order, from each pair of indexes on.</summary>
    private static int[,] CommonAfter(int expected, int actual, Func<int, int, bool> same)
    {
        var common = new int[expected + 1, actual + 1];
        for (var e = expected - 1; e >= 0; e--)
        {
            for (var a = actual - 1; a >= 0; a--)
                common[e, a] = same(e, a) ? common[e + 1, a + 1] + 1 : Math.Max(common[e + 1, a], common[e, a + 1]);
        }

        return common;
    }

    private static void Flush(List<(int?, int?, bool)> pairs, List<int> missing, List<int> added)
    {
        for (var i = 0; i < Math.Max(missing.Count, added.Count); i++)
            pairs.Add((i < missing.Count ? missing[i] : null, i < added.Count ? added[i] : null, false));
        missing.Clear();
        added.Clear();
    }
}
