using Protean.Benchmarks.Chaos.Deliveries.Judging;
using Protean.Benchmarks.Chaos.Judging;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Notifications.Judging;

/// <summary>Compares what came out of the broker, and what it has led to, with what was recorded.</summary>
/// <param name="Wire">What is wrong with what was recorded and came out of the broker.</param>
/// <param name="Effects">What is wrong with what the receiving domain has made of it, and with the stores.</param>
/// <param name="Streamed">What is wrong with what has gone through the broker within the receiving domain after that.</param>
internal sealed record PassageJudgement(Verdict Wire, Verdict Effects, Verdict Streamed)
{
    /// <summary>The handler of the receiving domain.</summary>
    public static readonly Method Method = new("accounts::parcels", "ParcelArrived");

    /// <summary>The handler of the receiving domain whom the broker feeds.</summary>
    public static readonly Method StreamMethod = new("accounts::statements", "ParcelEntered");

    public bool IsClean => Wire.IsClean && Effects.IsClean && Streamed.IsClean;

    public IEnumerable<string> Problems => [.. Wire.Problems.Select(static problem => $"on the wire: {problem}"), .. Effects.Problems, .. Streamed.Problems];

    /// <param name="passage">What was recorded, and what became of it.</param>
    /// <param name="dead">What either of the domains has given up.</param>
    /// <param name="findings">What the stores themselves find wrong.</param>
    public static PassageJudgement Of(Passage passage, IReadOnlySet<DeadDelivery> dead, IReadOnlyCollection<StoreFinding> findings)
    {
        var wire = new Verdict();
        new WireCheck(passage, wire).Check();
        // A dead letter excuses nothing: all of it can be handled. Positions in the log of the one are none in the log of the other, either.
        var effects = DeliveryJudgement.Of([WorkOf("accounts", Method, passage, passage.Effects)], new HashSet<DeadDelivery>(), findings);
        foreach (var delivery in dead)
            effects.Add(Fault.GivenUp, $"{delivery.Method.Handler}.{delivery.Method.Name}, position {delivery.Position},", "was given up, though it does not fail each time");
        var streamed = DeliveryJudgement.Of([WorkOf("statements", StreamMethod, passage, passage.Streamed)], new HashSet<DeadDelivery>(), []);
        // Whatever the broker does the store can make up for, so that nothing would be seen of a broker that brings nothing.
        if (passage.Recorded.Count > 0 && passage.Brought == 0)
            streamed.Add(Fault.Skipped, "statements", "were made without the broker: it has brought nothing");
        return new(wire, effects, streamed);
    }

    private static Work WorkOf(string name, Method method, Passage passage, IReadOnlyDictionary<string, IReadOnlyList<string>> entries) => new()
    {
        Name = name,
        Method = method,
        Due = [.. passage.Recorded.Select(static (notice, position) => new Due(position, notice.Entry, notice.Stream))],
        Effects = entries,
    };
}
