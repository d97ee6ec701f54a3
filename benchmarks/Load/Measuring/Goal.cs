using System.Globalization;

namespace Protean.Benchmarks.Load.Measuring;

/// <summary>What the ratio of ours to the floor has to be, or ours alone.</summary>
internal readonly record struct Goal(double Value, bool IsUpperLimit, bool IsRatio = true)
{
    public static Goal AtMost(double ratio) => new(ratio, IsUpperLimit: true);

    public static Goal AtLeast(double ratio) => new(ratio, IsUpperLimit: false);

    /// <summary>A limit for ours, whatever the floor is.</summary>
    public static Goal OursAtMost(double value) => new(value, IsUpperLimit: true, IsRatio: false);

    public bool IsMetBy(double ratio, double ours)
    {
        var value = IsRatio ? ratio : ours;
        return IsUpperLimit ? value <= Value : value >= Value;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(IsRatio ? "ours / floor" : "ours")} {(IsUpperLimit ? "<=" : ">=")} {Value}");
}
