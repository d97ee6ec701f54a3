using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Protean.Engine;
using Shouldly;
using Xunit;

namespace Protean.Tests.Guides;

/// <summary>What the guide to the engine shows is code that compiles, and a domain that is sound.</summary>
public sealed partial class EngineGuideTests
{
    [Fact]
    public void Guide_EveryProgram_IsTheOneThatCompiles()
    {
        var guide = File.ReadAllText(Path.Combine(Root, "docs", "guides", "engine.md"));
        var blocks = Block().Matches(guide);

        blocks.Count.ShouldBe(2);
        foreach (Match block in blocks)
            Trimmed(File.ReadAllText(Path.Combine(Root, block.Groups["path"].Value))).ShouldContain(Trimmed(block.Groups["code"].Value));
    }

    [Fact]
    public async Task Guide_ItsShop_HasAnEngine()
    {
        var services = new ServiceCollection();
        EngineExample.AddShop(services);
        await using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<DomainEngine>().Status.Subscriptions.Select(s => s.Name).ShouldBe(["shop::withdraw-ordered-stock", "shop::BookSales"]);
    }

    private static string Root
    {
        get
        {
            var directory = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(directory, "Protean.Net.sln")))
                directory = Path.GetDirectoryName(directory)!;
            return directory;
        }
    }

    private static string Trimmed(string code) => string.Join('\n', code.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0));

    [GeneratedRegex(@"<!-- code: (?<path>\S+) -->\n```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
