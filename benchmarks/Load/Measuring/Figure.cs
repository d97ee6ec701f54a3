namespace Protean.Benchmarks.Load.Measuring;

/// <summary>Something else that is measured of ours, once a round, and has a limit of its own.</summary>
internal sealed class Figure(string name, string unit, double most)
{
    private readonly List<double> _values = [];

    public string Name => name;

    public string Unit => unit;

    /// <summary>What it may be at most.</summary>
    public double Most => most;

    public double Median => Measuring.Median.Of(_values);

    public bool IsMet => Median <= most;

    public void Add(double value) => _values.Add(value);

    public void Clear() => _values.Clear();
}
