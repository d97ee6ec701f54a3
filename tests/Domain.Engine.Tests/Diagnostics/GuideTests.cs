using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Protean.Engine;
using Shouldly;
using Xunit;

namespace Protean.Tests.Diagnostics;

/// <summary>The guide to operating the engine says what is the case.</summary>
public sealed partial class GuideTests
{
    private static readonly string Guide = Read("docs", "guides", "operating.md");

    [Fact]
    public void Guide_EachListing_EqualsCodeThatCompiles()
    {
        var listings = Listing().Matches(Guide).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["code"].Value.Trim());
        var samples = Sample().Matches(Read("tests", "Domain.Engine.Tests", "Diagnostics", "GuideSamples.cs"))
            .ToDictionary(m => m.Groups["name"].Value, m => m.Groups["code"].Value.Replace("\n        ", "\n", StringComparison.Ordinal).Trim());

        listings.Count.ShouldBe(Code().Count(Guide));
        listings.ShouldBe(samples, ignoreOrder: true);
    }

    [Fact]
    public void Guide_TheLogEvents_AreAllThereAndEachIsOne()
    {
        var events = typeof(EngineLog).GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .SelectMany(m => m.GetCustomAttributes<LoggerMessageAttribute>()).ToArray();

        events.Select(e => e.EventId).Distinct().Count().ShouldBe(events.Length);
        var table = Guide[Guide.IndexOf("## Log events", StringComparison.Ordinal)..Guide.IndexOf("## At 3 a.m.", StringComparison.Ordinal)];
        foreach (var e in events)
            table.Split('\n').Any(line => line.StartsWith('|') && line.Split('|')[1].Contains($"{e.EventId}") && line.Split('|')[2].Contains($"{e.Level}")).ShouldBeTrue($"{e.EventId} {e.Level}");
    }

    [Fact]
    public void Guide_TheMetrics_AreThoseThereAre()
    {
        HashSet<string> instruments = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name != "Protean")
                    return;
                lock (instruments)
                    instruments.Add(instrument.Name);
            },
        };
        RuntimeHelpers.RunClassConstructor(typeof(Telemetry).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(EngineGauges).TypeHandle);
        listener.Start();

        Metric().Matches(Guide).Select(m => m.Groups["name"].Value).ShouldBe(instruments, ignoreOrder: true);
    }

    [Fact]
    public void Guide_TheStates_AreAllThere() =>
        Enum.GetNames<PartitionState>().ShouldAllBe(state => Guide.Contains($"\n| `{state}` |"));

    private static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root(), .. path])).ReplaceLineEndings("\n");

    private static string Root([CallerFilePath] string here = "")
    {
        // A deterministic build replaces the path of the sources; then the assembly stands below them.
        foreach (var start in new[] { Path.GetDirectoryName(here), AppContext.BaseDirectory })
        {
            for (var folder = start; !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
            {
                if (File.Exists(Path.Combine(folder, "Protean.Net.sln")))
                    return folder;
            }
        }

        throw new DirectoryNotFoundException("The source tree of the tests is not here: run them where they were built.");
    }

    [GeneratedRegex(@"<!-- (?<name>\w+): compiled in a test -->\n```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Listing();

    [GeneratedRegex("```csharp")]
    private static partial Regex Code();

    [GeneratedRegex(@"// sample: (?<name>\w+)\n(?<code>.*?)\n\s*// end", RegexOptions.Singleline)]
    private static partial Regex Sample();

    [GeneratedRegex(@"^\| `(?<name>protean\.[a-z_.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Metric();
}
