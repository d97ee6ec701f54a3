using System.Diagnostics;
using System.Globalization;
using System.Text;
using Shouldly;
using Xunit;

namespace InventoryOrders.Tests.Story;

/// <summary>The program as a process of its own, which is killed in the end, if it is still there.</summary>
internal sealed class StoryProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private StoryProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => _errors.AppendLine(line.Data);
        process.BeginErrorReadLine();
    }

    public static StoryProcess Start(string[] arguments, string? temporaryFolder = null)
    {
        // A shell that runs the tests in the background has its children ignore interrupts.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", "exec", typeof(Shop).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (temporaryFolder is not null)
            start.Environment["TMPDIR"] = temporaryFolder;
        return new(Process.Start(start)!);
    }

    public static async Task<StoryEnd> RunAsync(string[] arguments, string? temporaryFolder = null)
    {
        await using var story = Start(arguments, temporaryFolder);
        return await story.EndAsync();
    }

    /// <summary>A file of the repository that the tests were built in.</summary>
    public static string InRepository(string path)
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Protean.Net.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("The tests run outside of the repository they were built in.");
        return Path.Combine(folder, path);
    }

    public async Task<string?> NextLineAsync() => await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);

    public async Task<StoryEnd> EndAsync()
    {
        var output = await _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new(_process.ExitCode, output, _errors.ToString().Trim());
    }

    /// <summary>What Ctrl+C sends.</summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        kill.ExitCode.ShouldBe(0);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}

/// <summary>How a story has ended.</summary>
internal sealed record StoryEnd(int ExitCode, string Output, string Errors)
{
    public string LastLine => Output.TrimEnd().Split('\n')[^1];
}
