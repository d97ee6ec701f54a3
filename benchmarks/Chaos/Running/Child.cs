using System.Diagnostics;
using System.Runtime.InteropServices;
using Protean.Benchmarks.Chaos.Histories;
using Protean.Benchmarks.Chaos.Notifications.Domains;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Benchmarks.Chaos.Workers;

namespace Protean.Benchmarks.Chaos.Running;

/// <summary>Another process of the run: this program in another role.</summary>
internal sealed class Child : IAsyncDisposable
{
    private const int KilledExitCode = 128 + 9;
    private const int Terminate = 15;
    private readonly Process _process;
    private readonly Task<string> _complaints;
    private bool _isDisposed;

    private Child(string name, Process process, Action<Line> heard)
    {
        Name = name;
        _process = process;
        _complaints = process.StandardError.ReadToEndAsync();
        Ended = Task.WhenAll(Task.Run(() => ListenAsync(heard)), process.WaitForExitAsync());
    }

    public string Name { get; }

    /// <summary>Completes when it has ended and everything that it has said was heard.</summary>
    public Task Ended { get; }

    public bool IsDone { get; private set; }

    /// <summary>What it has said to standard error. Completes when it has ended.</summary>
    public Task<string> Complaints => _complaints;

    public static Child Start(string name, IEnumerable<string> arguments, StoreAddress store, Action<Line> heard, BrokerAddress? broker = null)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // Under 'dotnet exec' the program is the first argument; as an executable of its own it is the process.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add("exec");
            start.ArgumentList.Add(typeof(Child).Assembly.Location);
        }

        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        store.WriteTo(start.Environment);
        broker?.WriteTo(start.Environment);
        // It has not long to live: it is to start fast rather than to run fast later.
        start.Environment["DOTNET_TieredPGO"] = "0";
        return new(name, Process.Start(start)!, heard);
    }

    /// <summary>Ends it with SIGKILL, wherever it stands, and hears what it had said by then.</summary>
    /// <exception cref="ChaosFailure">It had ended already.</exception>
    public async Task KillAsync()
    {
        _process.Kill();
        await Ended;
        if (_process.ExitCode != KilledExitCode)
            throw await FailureAsync();
    }

    /// <summary>Tells it to finish, and waits until it has.</summary>
    public async Task StopAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        await TellToStopAsync(cancellationToken);
        await WaitUntilDoneAsync(patience, cancellationToken);
    }

    /// <summary>Tells it to finish; what it does then is its own affair.</summary>
    public Task TellToStopAsync(CancellationToken cancellationToken) => TellAsync(Orders.Stop, cancellationToken);

    /// <summary>Gives it an order.</summary>
    public async Task TellAsync(string order, CancellationToken cancellationToken)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(order.AsMemory(), cancellationToken);
            await _process.StandardInput.FlushAsync(cancellationToken);
        }
        catch (IOException)
        {
            throw await FailureAsync();
        }
    }

    /// <summary>Ends it as a service is ended, with SIGTERM, and waits until it has done what it does then.</summary>
    public async Task TerminateAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        if (Signal(_process.Id, Terminate) != 0)
            throw await FailureAsync();
        await WaitUntilDoneAsync(patience, cancellationToken);
    }

    private async Task WaitUntilDoneAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        await WaitAsync(Ended, patience, static () => "did not stop", cancellationToken);
        if (!IsDone)
            throw await FailureAsync();
    }

    /// <summary>Waits for something that it is to do.</summary>
    /// <exception cref="ChaosFailure">It has ended instead, or taken too long.</exception>
    public async Task WaitAsync(Task what, TimeSpan patience, Func<string> problem, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAny(what, Ended).WaitAsync(patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new ChaosFailure($"{Name} {problem()} within {patience.TotalSeconds:0} s.");
        }

        if (!what.IsCompletedSuccessfully)
            throw await FailureAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (!_process.HasExited)
            _process.Kill();
        await Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _process.Dispose();
    }

    private async Task<ChaosFailure> FailureAsync()
    {
        await Ended;
        return new($"{Name} has ended by itself with exit code {_process.ExitCode}. {(await _complaints).Trim()}");
    }

    private async Task ListenAsync(Action<Line> heard)
    {
        string? broken = null;
        while (await _process.StandardOutput.ReadLineAsync() is { } text)
        {
            // A killed process can leave half a line at its end: what it was about to say has not happened yet, or has no witness.
            if (broken is not null)
                throw new ChaosFailure($"{Name} has said what nobody understands: {broken}");
            if (Line.Parse(text) is not { } line)
            {
                broken = text;
                continue;
            }

            IsDone |= line.Done;
            heard(line);
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int process, int signal);
}
