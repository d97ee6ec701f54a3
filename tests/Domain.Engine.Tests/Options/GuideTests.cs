using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Protean.Engine;
using Shouldly;
using Xunit;

namespace Protean.Tests.Options;

/// <summary>The guide to the configuration says what is the case.</summary>
public sealed partial class GuideTests
{
    private static readonly string Guide = File.ReadAllText(Path.Combine(Root(), "docs", "guides", "configuration.md")).ReplaceLineEndings("\n");

    [Fact]
    public void Guide_TheExample_SetsEveryKey()
    {
        var example = Example();

        Keys(example, "Engine").ShouldBe(Settings.Engine.Select(s => s.Name), ignoreOrder: true);
        Keys(example, "Server").ShouldBe(Settings.Delivery.Select(s => s.Name).Append("Profile"), ignoreOrder: true);
        Keys(example, "Profiles:nightly").ShouldBe(Settings.Delivery.Select(s => s.Name).Append("Inherits"), ignoreOrder: true);
        Keys(example, "Handlers:withdraw-shipped-stock").ShouldBe(Settings.Delivery.Select(s => s.Name).Append("Profile"), ignoreOrder: true);
    }

    [Fact]
    public void Guide_TheExample_IsBoundAsItReads()
    {
        var settings = EngineSettings.Resolve("shop", [Setup.Handler("withdraw-shipped-stock"), Setup.Handler("other"), Setup.Handler("by-night", o => o.Profile = "nightly").WithBroker()], Example());

        (settings.Node, settings.LeaseTime, settings.DrainLimit, settings.RecoveryInterval)
            .ShouldBe(("orders-1", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(1)));
        settings.Deliveries.ShouldBe(
        [
            new()
            {
                IsStream = true,
                Partitions = 4,
                MessagesPerCommit = 1,
                PositionUpdateInterval = 5,
                OnFailure = FailurePolicy.Stop,
                MaxRetries = 0,
                RetryDelay = TimeSpan.Zero,
                DeadLetters = false,
                TransientRetries = 3,
                TransientRetryDelay = TimeSpan.FromMilliseconds(50),
                TimeLimit = TimeSpan.FromSeconds(5),
                CircuitBreakerThreshold = 0,
                CircuitBreakerReset = TimeSpan.FromSeconds(15),
            },
            new()
            {
                IsStream = false,
                Partitions = 2,
                MessagesPerCommit = 200,
                PositionUpdateInterval = 20,
                OnFailure = FailurePolicy.Skip,
                MaxRetries = 4,
                RetryDelay = TimeSpan.FromSeconds(2),
                DeadLetters = true,
                TransientRetries = 1,
                TransientRetryDelay = TimeSpan.FromMilliseconds(250),
                TimeLimit = TimeSpan.FromMinutes(1),
                CircuitBreakerThreshold = 20,
                CircuitBreakerReset = TimeSpan.FromSeconds(30),
            },
            new()
            {
                IsStream = true,
                Partitions = 8,
                MessagesPerCommit = 1000,
                PositionUpdateInterval = 100,
                OnFailure = FailurePolicy.ParkStream,
                MaxRetries = 10,
                RetryDelay = TimeSpan.FromSeconds(10),
                DeadLetters = true,
                TransientRetries = 5,
                TransientRetryDelay = TimeSpan.FromSeconds(1),
                TimeLimit = TimeSpan.FromMinutes(10),
                CircuitBreakerThreshold = 50,
                CircuitBreakerReset = TimeSpan.FromMinutes(5),
            },
        ]);
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("production", 2)]
    [InlineData("fast", 3)]
    [InlineData("batch", 4)]
    [InlineData("debug", 5)]
    [InlineData("projection", 6)]
    public void Guide_TheTableOfProfiles_ShowsTheirValues(string? profile, int column)
    {
        var settings = Setup.Handler(says: o => o.Profile = profile).WithBroker().Delivery(_ => { });

        var rows = Table("## Profiles");

        rows[0][column].ShouldBe(profile ?? "built-in");
        rows.Skip(1).Select(r => (r[0], r[column])).ShouldBe(
        [
            ("`SubscriptionType`", settings.IsStream ? "`stream`" : "`event_store`"),
            ("`MessagesPerCommit`", Shown(settings.MessagesPerCommit)),
            ("`PositionUpdateInterval`", Shown(settings.PositionUpdateInterval)),
            ("`MaxRetries`", Shown(settings.MaxRetries)),
            ("`RetryDelay`", Shown(settings.RetryDelay)),
            ("`DeadLetters`", Shown(settings.DeadLetters)),
            ("`CircuitBreakerThreshold`", Shown(settings.CircuitBreakerThreshold)),
            ("`CircuitBreakerReset`", Shown(settings.CircuitBreakerReset)),
        ]);
    }

    [Fact]
    public void Guide_TheTablesOfKeys_ListThemAll()
    {
        Table("## The engine").Skip(1).Select(r => r[0]).ShouldBe(Settings.Engine.Select(s => $"`{s.Name}`"));
        Table("## Delivery").Skip(1).Select(r => r[0]).ShouldBe(Settings.Delivery.Select(s => $"`{s.Name}`").Prepend("`Profile`"));
    }

    [Fact]
    public void Guide_TheKeysThatAreErrors_AreErrors()
    {
        var keys = Table("## Keys that are errors").Skip(1).Select(r => r[0].Trim('`')).ToArray();

        keys.Length.ShouldBe(4);
        Setup.Findings("""{"Server":{""" + string.Join(',', keys.Select(k => $"\"{k}\":\"1\"")) + "}}").Select(f => f.Split(' ')[0]).ShouldBe(keys.Select(k => $"Protean:Server:{k}"), ignoreOrder: true);
    }

    private static string Shown(object value) => value switch
    {
        TimeSpan time => $"{time.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s",
        true => "true",
        false => "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static IConfiguration Example() =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Json().Match(Guide).Groups["json"].Value))).Build();

    private static IEnumerable<string> Keys(IConfiguration example, string section) => example.GetSection($"Protean:{section}").GetChildren().Select(c => c.Key);

    /// <summary>The rows of the first table below a heading, without the line under its head.</summary>
    private static string[][] Table(string heading) =>
    [
        .. Guide[Guide.IndexOf($"\n{heading}\n", StringComparison.Ordinal)..].Split('\n')
            .SkipWhile(l => !l.StartsWith('|')).TakeWhile(l => l.StartsWith('|')).Where(l => !l.StartsWith("|---", StringComparison.Ordinal))
            .Select(l => l.Trim('|').Split('|').Select(c => c.Trim()).ToArray()),
    ];

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

    [GeneratedRegex(@"<!-- every key: bound by a test -->\n```json\n(?<json>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Json();
}
