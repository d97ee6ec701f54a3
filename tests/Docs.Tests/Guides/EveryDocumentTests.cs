using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Protean.Docs.Guides;

/// <summary>What holds for every document: its code is compiled, its links lead somewhere, and it can be found.</summary>
public sealed partial class EveryDocumentTests
{
    /// <summary>The listings of the guide to operating have names instead of paths.</summary>
    private const string NamedListings = "tests/Domain.Engine.Tests/Diagnostics/GuideSamples.cs";

    public static TheoryData<string> Docs => ["README.md", .. Document.Below("docs")];

    public static TheoryData<string> Guides => [.. Document.Below("docs/guides")];

    public static TheoryData<string> WithLinks => ["README.md", "CONTRIBUTING.md", .. Document.Below("docs")];

    [Theory]
    [MemberData(nameof(Docs))]
    public void Listing_InCSharp_IsPartOfAFileThatIsCompiled(string path)
    {
        foreach (var block in Document.Read(path).Blocks.Where(b => b.Language is "csharp" or "cs" or "c#"))
        {
            var place = $"{path}, line {block.Line}";
            var source = block.What == "compiled in a test" ? NamedListings : block.What;
            block.Kind.ShouldNotBeEmpty($"{place}: say where the code comes from, with <!-- code: path --> or <!-- source: path --> in the line above");
            source.ShouldMatch(@"^(samples|tests)/.+\.cs$", $"{place}: code comes from a sample or a test");
            if (block.Kind == "source")
                block.Code.Trim().ShouldBe(Document.ReadText(source).Trim(), $"{place}: {source} is another program");
            else
                Trimmed(Document.ReadText(source)).ShouldContain(Trimmed(block.Code), Case.Sensitive, $"{place}: {source} does not have these lines");
        }
    }

    [Theory]
    [MemberData(nameof(WithLinks))]
    public void Link_ToAnotherDocument_LeadsThere(string path)
    {
        var document = Document.Read(path);
        foreach (Match link in document.Prose.SelectMany(line => Link().Matches(InlineCode().Replace(line, ""))))
        {
            var target = link.Groups["target"].Value;
            if (target.Contains("://", StringComparison.Ordinal))
                continue;
            var (file, anchor) = (target.Split('#')[0], target.Contains('#', StringComparison.Ordinal) ? target.Split('#')[1] : null);
            var full = file.Length == 0 ? Path.Combine(Document.Root, path) : Path.GetFullPath(Path.Combine(Document.Root, Path.GetDirectoryName(path)!, file));
            (File.Exists(full) || Directory.Exists(full)).ShouldBeTrue($"{path} links to {target}, which is not there");
            if (anchor is not null)
                Document.Read(Path.GetRelativePath(Document.Root, full)).Headings.Select(Document.Anchor).ShouldContain(anchor, $"{path} links to {target}, which has no such heading");
        }
    }

    [Fact]
    public void Index_NamesEveryGuide()
    {
        var index = Document.ReadText("docs/README.md");

        foreach (var guide in Document.Below("docs/guides"))
            index.ShouldContain($"]({guide["docs/".Length..]})");
    }

    [Theory]
    [MemberData(nameof(Guides))]
    public void Guide_AtItsEnd_SaysWhereToGoNext(string path)
    {
        var guide = Document.Read(path);

        guide.Headings.Last().ShouldBe("Where to go next");
        guide.Text[guide.Text.LastIndexOf("\n## Where to go next\n", StringComparison.Ordinal)..].ShouldContain("](");
    }

    /// <summary>Whole lines, whatever their indentation is.</summary>
    private static string Trimmed(string code) => $"\n{string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0))}\n";

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex InlineCode();
}
