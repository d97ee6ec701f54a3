using System.Diagnostics;

namespace Protean.EventStore.Sqlite.Tests.Processes;

/// <summary>Another process that uses the same file; it is killed in the end, if it is still there.</summary>
internal sealed class OtherProcess : IAsyncDisposable
{
    public const string Argument = "--other-process";
    private readonly Process _process;

    private OtherProcess(Process process) => _process = process;

    public static OtherProcess Start(string role, string path, string name)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        // Under 'dotnet exec' the program is the first argument; as an executable of its own it is the process.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add("exec");
            start.ArgumentList.Add(typeof(OtherProcess).Assembly.Location);
        }

        foreach (var argument in new[] { Argument, role, path, name })
            start.ArgumentList.Add(argument);
        return new(Process.Start(start)!);
    }

    /// <summary>The position of its next commit; none when it has ended.</summary>
    public async Task<long?> NextAsync(CancellationToken cancellationToken) =>
        await _process.StandardOutput.ReadLineAsync(cancellationToken) is { } line ? long.Parse(line, System.Globalization.CultureInfo.InvariantCulture) : null;

    /// <summary>Reads to its end.</summary>
    public async Task<List<long>> EndAsync(CancellationToken cancellationToken)
    {
        var positions = new List<long>();
        while (await NextAsync(cancellationToken) is { } position)
            positions.Add(position);
        await _process.WaitForExitAsync(cancellationToken);
        return positions;
    }

    /// <summary>Ends it with SIGKILL, wherever it stands.</summary>
    /// <returns>The commits it had reported by then.</returns>
    public async Task<List<long>> KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        return await EndAsync(cancellationToken);
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
