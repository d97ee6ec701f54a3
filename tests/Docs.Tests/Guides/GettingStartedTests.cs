using System.Diagnostics;
using System.Text;
using Shouldly;
using Xunit;

namespace Protean.Docs.Guides;

/// <summary>The program that the guide begins with prints what the guide says, the first time and again.</summary>
public sealed class GettingStartedTests : IDisposable
{
    private static readonly Document _guide = Document.Read("docs/guides/getting-started.md");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("getting-started-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact(Timeout = 120_000)]
    public async Task Program_RunTwice_PrintsWhatTheGuideShows()
    {
        (await RunAsync()).ShouldBe(Shown("output"));
        (await RunAsync()).ShouldBe(Shown("again"));

        File.Exists(Path.Combine(_folder.FullName, "lending.db")).ShouldBeTrue();
    }

    [Fact]
    public void Packages_OfTheGuide_AreThoseThatTheProgramNeeds()
    {
        var projects = new[] { "Domain.Core", "Domain.Engine", "Domain.EventStore", "Domain.EventStore.Sqlite", "Domain.Testing" };
        var packages = projects.Select(p => Document.ReadText($"src/{p}/{p}.csproj")).Select(p => p.Split("<PackageId>")[1].Split("</PackageId>")[0]).ToArray();

        foreach (var package in packages)
            _guide.Text.ShouldContain($"`{package}`");
        var hosting = Document.ReadText("Directory.Packages.props").Split("\"Microsoft.Extensions.Hosting\" Version=\"")[1].Split('"')[0];
        _guide.Text.ShouldContain($"dotnet add package Microsoft.Extensions.Hosting --version {hosting}");
    }

    private static string Shown(string kind) => _guide.Blocks.Single(b => b.Kind == kind).Code.Trim();

    private async Task<string> RunAsync()
    {
        using var process = new Process();
        process.StartInfo = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "GettingStarted.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.FullName,
        };
        process.Start();
        var error = new StringBuilder();
        process.ErrorDataReceived += (_, line) => error.AppendLine(line.Data);
        process.BeginErrorReadLine();
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0, error.ToString());
        return output.ReplaceLineEndings("\n").Trim();
    }
}
