using System.Diagnostics;
using System.Globalization;
using Protean.Benchmarks.Load.Measuring;

namespace Protean.Benchmarks.Load.Servers;

/// <summary>What it costs here to make a page durable, which is what most of the numbers hang on.</summary>
internal static class DiskProbe
{
    private const int Writes = 100;
    private static readonly byte[] _page = new byte[8192];

    public static string Describe(string directory)
    {
        var path = Path.Combine(directory, "probe");
        var times = new List<double>(Writes);
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, preallocationSize: Writes * _page.Length))
        {
            for (var i = 0; i < Writes; i++)
            {
                var start = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, _page, i * (long)_page.Length);
                RandomAccess.FlushToDisk(file);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
        }

        File.Delete(path);
        return string.Create(CultureInfo.InvariantCulture, $"write and fsync of 8 KiB: {Median.Of(times):0} us in the median, {times.Max():0} us at most");
    }
}
