using Protean.Benchmarks.Load.Measuring;

namespace Protean.Benchmarks.Load.Rows;

/// <summary>The rows there are, in the order of <c>all</c>.</summary>
internal static class AllRows
{
    public const string Every = "all";

    public static IReadOnlyList<Row> List { get; } =
    [
        new Append1(), new Append32(), new Append1000(), new AppendSqlite32(), new Load100(),
        new DeliverLatency(), new DeliverLatency2Nodes(), new CatchUp(), new Rebuild(), new CatchUpMemory(), new Relay(),
    ];

    /// <summary>The row of a name, or every one; none for a name that nothing has.</summary>
    public static IReadOnlyList<Row> Named(string name) => name == Every ? List : [.. List.Where(row => row.Name == name)];
}
