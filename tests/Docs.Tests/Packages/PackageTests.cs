using System.IO.Compression;
using Protean.Docs.Guides;
using Shouldly;
using Xunit;

namespace Protean.Docs.Packages;

/// <summary>What is packed is whole, and a newcomer's program runs on it.</summary>
public sealed class PackageTests(PackageFeed packages)
{
    private const int HangLimit = 300_000;

    public static TheoryData<string> Projects => [.. PackageFeed.Projects.Select(p => Path.GetFileNameWithoutExtension(p))];

    [Theory]
    [MemberData(nameof(Projects))]
    public async Task Package_OfEachProject_HasDocsReadmeIconAndSymbols(string project)
    {
        var text = await File.ReadAllTextAsync(PackageFeed.Projects.Single(p => Path.GetFileNameWithoutExtension(p) == project), TestContext.Current.CancellationToken);
        var (id, assembly) = (Element(text, "PackageId"), Element(text, "AssemblyName"));

        using var package = Open($"{id}.*.nupkg");
        new[] { $"lib/net10.0/{assembly}.dll", $"lib/net10.0/{assembly}.xml", "README.md", "icon.png", $"{id}.nuspec" }.ShouldBeSubsetOf(package.Entries.Select(e => e.FullName));
        package.Entries.ShouldAllBe(e => e.Length > 0);
        var nuspec = await ReadAsync(package, $"{id}.nuspec");
        nuspec.ShouldContain("<license type=\"expression\">Apache-2.0</license>");
        nuspec.ShouldContain("<readme>README.md</readme>");
        nuspec.ShouldContain("<icon>icon.png</icon>");
        nuspec.ShouldContain($"<description>{Element(text, "Description")}</description>");
        nuspec.ShouldNotContain(Document.Root);
        (await ReadAsync(package, "README.md")).ShouldContain($"`{id}`", Case.Sensitive, "the readme of the packages does not name it");

        using var symbols = Open($"{id}.*.snupkg");
        symbols.Entries.ShouldContain(e => e.FullName == $"lib/net10.0/{assembly}.pdb" && e.Length > 0);
    }

    [Fact(Timeout = HangLimit)]
    public async Task GettingStarted_FollowedInAnEmptyFolder_PrintsWhatTheGuideShows()
    {
        var guide = Document.Read("docs/guides/getting-started.md");
        var folder = packages.NewFolder("newcomer");
        var project = guide.Blocks.Single(b => b.Language == "sh" && b.Code.Contains("dotnet new console", StringComparison.Ordinal)).Code;
        project.ShouldContain("~/protean-feed");

        await packages.RunAsync(folder, "bash", ["-euc", project.Replace("~/protean-feed", packages.Feed, StringComparison.Ordinal)]);
        var lending = Path.Combine(folder, "lending");
        await File.WriteAllTextAsync(Path.Combine(lending, "Program.cs"), guide.Blocks.Single(b => b.Kind == "source").Code, TestContext.Current.CancellationToken);

        (await packages.RunAsync(lending, "dotnet", ["run"])).ShouldEndWith(Shown("output"));
        (await packages.RunAsync(lending, "dotnet", ["run", "--no-build"])).ShouldEndWith(Shown("again"));

        string Shown(string kind) => guide.Blocks.Single(b => b.Kind == kind).Code.Trim();
    }

    private static string Element(string project, string name) => project.Split($"<{name}>")[1].Split($"</{name}>")[0];

    private static async Task<string> ReadAsync(ZipArchive package, string name)
    {
        using var reader = new StreamReader(package.GetEntry(name)!.Open());
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The one package of a name: <c>EventStore.*</c> is also the beginning of another's.</summary>
    private ZipArchive Open(string pattern) =>
        ZipFile.OpenRead(Directory.EnumerateFiles(packages.Feed, pattern).Single(f => char.IsAsciiDigit(Path.GetFileName(f)[pattern.IndexOf('*', StringComparison.Ordinal)])));
}
