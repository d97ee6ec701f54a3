using System.Diagnostics;
using System.Globalization;

namespace Protean.Benchmarks.Load.Nodes;

/// <summary>Another node: this program in another role, in a process of its own. It says numbers, one a line, and ends when its input does.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);
    private readonly string _role;
    private readonly Process _process;
    private readonly Task<string> _complaints;

    private NodeProcess(string role, Process process)
    {
        _role = role;
        _process = process;
        _complaints = process.StandardError.ReadToEndAsync();
    }

    public static NodeProcess Start(string role, NodeAddress address)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // Under 'dotnet exec' the program is the first argument; as an executable of its own it is the process.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add("exec");
            start.ArgumentList.Add(typeof(NodeProcess).Assembly.Location);
        }

        start.ArgumentList.Add(role);
        address.WriteTo(start.Environment);
        return new(role, Process.Start(start)!);
    }

    /// <summary>Waits for the next thing that it says.</summary>
    /// <exception cref="NodeFailure">It has ended instead, or says nothing.</exception>
    public async Task<long> HearAsync(CancellationToken cancellationToken)
    {
        try
        {
            var line = await _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(_patience, cancellationToken);
            return long.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw await FailureAsync(line);
        }
        catch (TimeoutException)
        {
            throw new NodeFailure($"The node in the role '{_role}' has said nothing for {_patience.TotalMinutes:0} minutes.");
        }
    }

    /// <summary>Lets it finish.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(cancellationToken);
        if (_process.ExitCode != ExitCodes.Done)
            throw await FailureAsync(null);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<NodeFailure> FailureAsync(string? line)
    {
        if (line is not null)
            return new($"The node in the role '{_role}' has said what nobody understands: {line}");
        await _process.WaitForExitAsync();
        return new($"The node in the role '{_role}' has ended with exit code {_process.ExitCode}. {(await _complaints).Trim()}");
    }
}

/// <summary>Another process of a row has not done what it was to do.</summary>
internal sealed class NodeFailure(string message) : Exception(message);
