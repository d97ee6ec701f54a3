using Protean.Benchmarks.Chaos.Deliveries.Judging;
using Protean.Benchmarks.Chaos.Notifications.Judging;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Tests;

/// <summary>
/// Six notifications of two streams. Nothing is wrong: they came out of the broker, two of them twice, and each has had its effect, and that another one. A test spoils something in it.
/// </summary>
internal sealed class NotifiedRun
{
    public NotifiedRun()
    {
        Recorded = [Notice("d1", 0), Notice("d2", 0), Notice("d1", 1), Notice("d1", 2), Notice("d2", 1), Notice("d1", 3)];
        Arrived = [Recorded[0], Recorded[1], Recorded[2], Recorded[3], Recorded[2], Recorded[3], Recorded[5], Recorded[4]];
    }

    public List<Notice> Recorded { get; }

    public List<Notice> Arrived { get; }

    public Dictionary<string, List<string>> Accounts { get; } = new()
    {
        ["d1"] = ["d1/0", "d1/1", "d1/2", "d1/3"],
        ["d2"] = ["d2/0", "d2/1"],
        ["d3"] = [],
    };

    public Dictionary<string, List<string>> Statements { get; } = new()
    {
        ["d1"] = ["d1/0", "d1/1", "d1/2", "d1/3"],
        ["d2"] = ["d2/0", "d2/1"],
        ["d3"] = [],
    };

    public long Brought { get; set; } = 6;

    public HashSet<DeadDelivery> Dead { get; } = [];

    public List<StoreFinding> Findings { get; } = [];

    public Passage Passage => new() { Recorded = Recorded, Arrived = Arrived, Effects = Listed(Accounts), Streamed = Listed(Statements), Brought = Brought };

    public static Notice Notice(string stream, long number) => new(Guid.NewGuid(), stream, number);

    private static Dictionary<string, IReadOnlyList<string>> Listed(Dictionary<string, List<string>> entries) =>
        entries.ToDictionary(static place => place.Key, static place => (IReadOnlyList<string>)place.Value);

    public PassageJudgement Judge() => PassageJudgement.Of(Passage, Dead, Findings);
}
