using Protean.Benchmarks.Chaos.Deliveries.Judging;
using Protean.Benchmarks.Chaos.Judging;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Tests;

/// <summary>
/// Five messages, for which a handler keeps books a and b. Nothing is wrong: it has done each once and in order, except the third, on which it
/// fails each time. A test spoils something in it.
/// </summary>
internal sealed class DeliveredRun
{
    public static readonly Method Method = new("shop::keep-books", "Emitted");

    public List<Due> Due { get; } =
    [
        new(10, "s1/0", "a", "s1"),
        new(11, "s2/0", "b", "s2"),
        new(12, "s1/1", "a", "s1") { IsPoison = true },
        new(13, "s1/2", "a", "s1"),
        new(14, "s2/1", "a", "s2"),
    ];

    public Dictionary<string, List<string>> Books { get; } = new()
    {
        ["a"] = ["s1/0", "s1/2", "s2/1"],
        ["b"] = ["s2/0"],
    };

    public HashSet<DeadDelivery> Dead { get; } = [new(Method, 12)];

    public List<StoreFinding> Findings { get; } = [];

    public List<Work> More { get; } = [];

    public IReadOnlyCollection<Work> Works => [new() { Name = "books", Method = Method, Due = Due, Effects = Books.ToDictionary(static b => b.Key, static b => (IReadOnlyList<string>)b.Value) }, .. More];

    public Verdict Judge() => DeliveryJudgement.Of(Works, Dead, Findings);
}
