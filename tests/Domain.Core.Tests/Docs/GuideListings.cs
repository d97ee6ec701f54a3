using System.Text.RegularExpressions;
using Shouldly;

namespace Protean.Tests.Docs;

/// <summary>The code that a guide shows is part of files that compile.</summary>
public static partial class GuideListings
{
    public static string Read(string path) => File.ReadAllText(Path.Combine(RepositoryRoot.Path, path)).ReplaceLineEndings("\n");

    /// <summary>Fails unless each listing of a guide names its file, and is a part of it.</summary>
    public static void Check(string guide)
    {
        var text = Read(guide);
        var listings = Listing().Matches(text);

        listings.Count.ShouldBe(Regex.Count(text, "```csharp"), $"each listing of {guide} names its file");
        listings.Count.ShouldBeGreaterThan(0);
        foreach (Match listing in listings)
            Trimmed(Read(listing.Groups["path"].Value)).ShouldContain(Trimmed(listing.Groups["code"].Value));
    }

    private static string Trimmed(string code) => string.Join('\n', code.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0));

    [GeneratedRegex(@"<!-- code: (?<path>\S+) -->\n```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Listing();
}
