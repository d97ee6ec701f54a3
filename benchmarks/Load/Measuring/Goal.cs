using System.Globalization;

namespace Protean.Benchmarks.Load.Measuring;

/// <summary>What the ratio of ours to the floor has to be.</summary>
internal readonly record struct Goal(double Ratio, bool IsUpperLimit)
{
    public static Goal AtMost(double ratio) => new(ratio, IsUpperLimit: true);

    public static Goal AtLeast(double ratio) => new(ratio, IsUpperLimit: false);

    public bool IsMetBy(double ratio) => IsUpperLimit ? ratio <= Ratio : ratio >= Ratio;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(IsUpperLimit ? "<=" : ">=")} {Ratio}");
}
