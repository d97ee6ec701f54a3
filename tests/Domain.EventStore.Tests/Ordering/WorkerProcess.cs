using System.Diagnostics;
using Protean.EventStore.Worker;

namespace Protean.EventStore.Tests.Ordering;

/// <summary>Another process with a store of its own.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;

    private WorkerProcess(Process process) => _process = process;

    /// <summary>Starts it; it has initialized its store when it is ready.</summary>
    public static WorkerProcess Start(string connectionString, string schema, string name, IEnumerable<IEnumerable<WriteKind>>? kinds = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Protean.EventStore.Worker.dll")]) { RedirectStandardOutput = true, RedirectStandardInput = true, RedirectStandardError = true };
        start.Environment["PROTEAN_WORKER_CONNECTION"] = connectionString;
        start.Environment["PROTEAN_WORKER_SCHEMA"] = schema;
        start.Environment["PROTEAN_WORKER_NAME"] = name;
        start.Environment["PROTEAN_WORKER_KINDS"] = string.Join(';', (kinds ?? [[WriteKind.Plain]]).Select(static writer => string.Join(',', writer)));
        return new(Process.Start(start)!);
    }

    public async Task ReadyAsync()
    {
        if (await _process.StandardOutput.ReadLineAsync() != "ready")
            throw new InvalidOperationException(await _process.StandardError.ReadToEndAsync());
    }

    /// <summary>Lets it write.</summary>
    /// <returns>The ids of what it has written.</returns>
    public async Task<IReadOnlyList<Guid>> WriteAsync()
    {
        await _process.StandardInput.WriteLineAsync();
        var lines = (await _process.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.LastOrDefault() == "done" ? [.. lines[..^1].Select(static line => Guid.Parse(line))] : throw new InvalidOperationException(await _process.StandardError.ReadToEndAsync());
    }

    public void Dispose()
    {
        // It goes by itself unless its test has failed.
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
