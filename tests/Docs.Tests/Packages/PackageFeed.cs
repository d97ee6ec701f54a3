using System.Diagnostics;
using System.Text;
using Protean.Docs.Guides;
using Shouldly;
using Xunit;

[assembly: AssemblyFixture(typeof(Protean.Docs.Packages.PackageFeed))]

namespace Protean.Docs.Packages;

/// <summary>The packages of the repository in a folder of their own, made from what was built, and a cache that nobody else has put anything into.</summary>
public sealed class PackageFeed : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("protean-packages-");

    /// <summary>Where the packages are.</summary>
    public string Feed => Path.Combine(_folder.FullName, "feed");

    /// <summary>The projects in <c>src</c>.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Document.Root, "src"), "*.csproj", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    public async ValueTask InitializeAsync()
    {
        foreach (var project in Projects)
            await RunAsync(Document.Root, "dotnet", ["pack", project, "--no-build", "--configuration", Configuration, "--output", Feed, "--nologo", "-v", "quiet", "-tl:off"]);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>An empty folder beside the packages.</summary>
    public string NewFolder(string name) => _folder.CreateSubdirectory(name).FullName;

    /// <summary>Runs a program to its end, and returns what it has printed.</summary>
    public async Task<string> RunAsync(string folder, string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NUGET_PACKAGES"] = Path.Combine(_folder.FullName, "cache");
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        // What the build that runs the tests has set is not for the builds within them.
        foreach (var inherited in start.Environment.Keys.Where(k => k.StartsWith("MSBuild", StringComparison.Ordinal) && k != "MSBUILDDISABLENODEREUSE").ToArray())
            start.Environment.Remove(inherited);
        using var process = Process.Start(start)!;
        var errors = new StringBuilder();
        process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        process.BeginErrorReadLine();
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}\n{output}\n{errors}");
            return output.ReplaceLineEndings("\n").Trim();
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static string Configuration => AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";
}
