using System.Globalization;
using Protean.Benchmarks.Chaos.Histories;
using Protean.Benchmarks.Chaos.Stores;

namespace Protean.Benchmarks.Chaos.Running;

/// <summary>A process that follows the log, and what it has met there.</summary>
internal sealed class LogReader : IAsyncDisposable
{
    public const string Role = "reader";

    private readonly List<Met> _met = [];

    public LogReader(int seed, StoreAddress store) =>
        Child = Child.Start("the reader", [Role, "0", seed.ToString(CultureInfo.InvariantCulture)], store, line => _met.AddRange(line.Met ?? []));

    public Child Child { get; }

    /// <summary>What it has met, in order. Only to be read when it has ended.</summary>
    public IReadOnlyList<Met> Met => _met;

    public ValueTask DisposeAsync() => Child.DisposeAsync();
}
