using System.Diagnostics;

namespace Protean.Benchmarks.Load.Rows;

/// <summary>What the rows about the time until a handler is entered have in common.</summary>
internal static class DeliverySamples
{
    /// <summary>So long nothing is committed before each sample: nodes tell each other once for what is committed close together, and an idle engine is what is measured.</summary>
    public static TimeSpan Pause { get; } = TimeSpan.FromMilliseconds(10);

    public static Account Open(int number) => Account.Open($"0198c5a2-7d1f-7b3a-9a54-{number:x12}", "somebody");

    /// <summary>The time between two ticks in microseconds; nothing if the handler was entered before the caller had its answer.</summary>
    public static double Between(long returned, long entered) => Math.Max(0, Stopwatch.GetElapsedTime(returned, entered).TotalMicroseconds);

    public static void Check(int committed, int handled)
    {
        if (committed != handled)
            throw new InvalidOperationException($"{committed} events were committed, and {handled} handled.");
    }
}
