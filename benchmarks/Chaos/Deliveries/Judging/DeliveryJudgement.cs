using Protean.Benchmarks.Chaos.Judging;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Deliveries.Judging;

/// <summary>Compares what handlers have left behind with the messages in the log and the deliveries that were given up.</summary>
internal static class DeliveryJudgement
{
    /// <param name="works">What was to be done, and what was done.</param>
    /// <param name="dead">What was given up.</param>
    /// <param name="findings">What the store itself finds wrong.</param>
    public static Verdict Of(IReadOnlyCollection<Work> works, IReadOnlySet<DeadDelivery> dead, IReadOnlyCollection<StoreFinding> findings)
    {
        var verdict = new Verdict();
        foreach (var work in works)
            new WorkCheck(work, dead, verdict).Check();
        CheckDead(works, dead, verdict);
        foreach (var finding in findings)
            verdict.Add(Fault.Finding, finding.Subject, $"{finding.Problem}: {finding.Detail}");
        return verdict;
    }

    /// <summary>The deliveries that have to be given up.</summary>
    public static IReadOnlySet<DeadDelivery> ExpectedDead(IEnumerable<Work> works) =>
        works.SelectMany(static work => work.Due.Where(static due => due.IsPoison).Select(due => new DeadDelivery(work.Method, due.Position))).ToHashSet();

    private static void CheckDead(IReadOnlyCollection<Work> works, IReadOnlySet<DeadDelivery> dead, Verdict verdict)
    {
        var expected = ExpectedDead(works);
        foreach (var delivery in dead.Except(expected))
            verdict.Add(Fault.GivenUp, Subject(delivery), "was given up, though it does not fail each time");
        foreach (var delivery in expected.Except(dead))
            verdict.Add(Fault.NotGivenUp, Subject(delivery), "fails each time, and was not given up");
    }

    private static string Subject(DeadDelivery delivery) => $"{delivery.Method.Handler}.{delivery.Method.Name}, position {delivery.Position},";
}
