using System.Text;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Protean.Tests.Docs;

/// <summary>The code in the README is the code of files that compile, and its output is what they print.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "README.md")).ReplaceLineEndings("\n");

    [Fact]
    public void Readme_EachListing_EqualsItsSource()
    {
        var listings = Listing().Matches(Readme);

        listings.Count.ShouldBe(2);
        foreach (Match listing in listings)
        {
            var source = File.ReadAllText(Path.Combine(RepositoryRoot.Path, listing.Groups["path"].Value)).ReplaceLineEndings("\n").Trim();
            listing.Groups["code"].Value.Trim().ShouldBe(source, $"README.md shows another {listing.Groups["path"].Value} than there is: copy the file into the listing");
        }
    }

    [Fact]
    public async Task Readme_TheOutput_IsWhatTheProgramPrints()
    {
        var shown = Output().Match(Readme).Groups["output"].Value.Trim();

        var printed = await RunQuickstartAsync();

        shown.ShouldNotBeEmpty();
        printed.ReplaceLineEndings("\n").Trim().ShouldBe(shown);
    }

    private static async Task<string> RunQuickstartAsync()
    {
        using var process = new System.Diagnostics.Process();
        process.StartInfo = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Quickstart.dll")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        process.Start();
        var error = new StringBuilder();
        process.ErrorDataReceived += (_, line) => error.AppendLine(line.Data);
        process.BeginErrorReadLine();
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0, error.ToString());
        return output;
    }

    [GeneratedRegex(@"<!-- source: (?<path>\S+) -->\n```csharp\n(?<code>.*?)```\n<!-- end of source -->", RegexOptions.Singleline)]
    private static partial Regex Listing();

    [GeneratedRegex(@"<!-- output: samples/Quickstart -->\n```\n(?<output>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Output();
}
