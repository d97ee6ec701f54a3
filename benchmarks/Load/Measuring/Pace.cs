using System.Diagnostics;

namespace Protean.Benchmarks.Load.Measuring;

/// <summary>Runs a piece of work again and again for some time, first to warm up and then to measure.</summary>
internal static class Pace
{
    private const int FewestLatencies = 20;

    /// <summary>The median time that one caller waits, in microseconds.</summary>
    public static async Task<double> LatencyAsync(Stage stage, Func<ValueTask> once)
    {
        await LatenciesAsync(stage.WarmUp, once, stage.Cancellation);
        Settle();
        return Median.Of(await LatenciesAsync(stage.Duration, once, stage.Cancellation));
    }

    /// <summary>What a piece of work says of itself, each time that it is done.</summary>
    /// <param name="stage">How long.</param>
    /// <param name="once">The work; returns what is to be known of it.</param>
    public static async Task<List<double>> SamplesAsync(Stage stage, Func<ValueTask<double>> once)
    {
        await TakeAsync(stage.WarmUp);
        Settle();
        return await TakeAsync(stage.Duration);

        async Task<List<double>> TakeAsync(TimeSpan duration)
        {
            var samples = new List<double>();
            var begin = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(begin) < duration || samples.Count < FewestLatencies)
            {
                stage.Cancellation.ThrowIfCancellationRequested();
                samples.Add(await once());
            }

            return samples;
        }
    }

    /// <summary>How many of so many a second one pass over them is.</summary>
    public static async Task<double> PassAsync(int messages, Func<Task> pass)
    {
        Settle();
        var start = Stopwatch.GetTimestamp();
        await pass();
        return messages / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>How many events so many callers finish in a second, each of them one piece of work after the other.</summary>
    /// <param name="stage">How long.</param>
    /// <param name="callers">How many callers.</param>
    /// <param name="once">The work of a caller; returns how many events it was.</param>
    public static async Task<double> RateAsync(Stage stage, int callers, Func<int, ValueTask<int>> once)
    {
        await CountAsync(stage.WarmUp, callers, once, stage.Cancellation);
        Settle();
        var start = Stopwatch.GetTimestamp();
        var events = await CountAsync(stage.Duration, callers, once, stage.Cancellation);
        return events / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // What the warm-up left behind is no part of what is measured.
    private static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static async Task<List<double>> LatenciesAsync(TimeSpan duration, Func<ValueTask> once, CancellationToken cancellation)
    {
        var latencies = new List<double>(100_000);
        var begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < duration || latencies.Count < FewestLatencies)
        {
            cancellation.ThrowIfCancellationRequested();
            var start = Stopwatch.GetTimestamp();
            await once();
            latencies.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        return latencies;
    }

    private static async Task<long> CountAsync(TimeSpan duration, int callers, Func<int, ValueTask<int>> once, CancellationToken cancellation)
    {
        var begin = Stopwatch.GetTimestamp();
        return (await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(() => CallAsync(caller), cancellation)))).Sum();

        async Task<long> CallAsync(int caller)
        {
            var events = 0L;
            do
            {
                cancellation.ThrowIfCancellationRequested();
                events += await once(caller);
            }
            while (Stopwatch.GetElapsedTime(begin) < duration);
            return events;
        }
    }
}
