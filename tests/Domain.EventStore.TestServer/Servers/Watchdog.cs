using System.ComponentModel;
using System.Diagnostics;

namespace Protean.EventStore.TestServer;

/// <summary>
/// A shell that waits for the end of its input, then stops the server and removes its directory. The input is a pipe from
/// this process, so that it ends with this process however that ends, kill -9 included.
/// </summary>
internal sealed class Watchdog : IAsyncDisposable
{
    // A process id in a file may belong to somebody else by now: the command line tells. The loop is for a start under
    // way, which goes on for a moment when its owner is gone.
    private const string Script = """
        exec >/dev/null 2>&1
        trap '' HUP INT QUIT
        dir=$1; shift
        while read -r _; do :; done
        [ -O "$dir" ] || exit 0
        runs_with() {
          if [ -d /proc/self ]; then
            tr '\0' '\n' <"/proc/$1/cmdline" | grep -qxF -- "$2"
          else
            ps -o args= -p "$1" | grep -qF -- "$2"
          fi
        }
        STOP
        tries=0
        while [ -e "$dir" ] && [ "$tries" -lt 100 ]; do
          stop "$@"
          rm -rf -- "$dir"
          [ ! -e "$dir" ] || sleep 0.1
          tries=$((tries + 1))
        done
        """;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(40);

    private readonly Process _process;
    private readonly Func<CancellationToken, Task> _clean;
    private int _disposed;

    private Watchdog(Process process, Func<CancellationToken, Task> clean)
    {
        _process = process;
        _clean = clean;
    }

    /// <summary>Watches over a directory and the server in it.</summary>
    public static Watchdog Start(string? user, string directory, StopScript stop) =>
        new(StartProcess(user, directory, stop), token => CleanAsync(user, directory, stop, token));

    /// <summary>Does the watchdog's work at once.</summary>
    public static Task CleanAsync(string? user, string directory, StopScript stop, CancellationToken cancellationToken) =>
        Command.RunAsync(user, "sh", Arguments(directory, stop), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        using var patience = new CancellationTokenSource(_patience);
        using (_process)
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync(patience.Token);
        }
        // Somebody may have ended the watchdog before its time.
        await _clean(patience.Token);
    }

    private static Process StartProcess(string? user, string directory, StopScript stop)
    {
        try
        {
            // A session of its own: neither Ctrl+C nor a signal to the group of this process reaches it.
            return Command.Start(user, "setsid", ["sh", .. Arguments(directory, stop)], readsOutput: false);
        }
        catch (Win32Exception)
        {
            // macOS has no setsid; there the traps have to do.
            return Command.Start(user, "sh", Arguments(directory, stop), readsOutput: false);
        }
    }

    private static string[] Arguments(string directory, StopScript stop) => ["-c", Script.Replace("STOP", stop.Function, StringComparison.Ordinal), "sh", directory, .. stop.Arguments];
}
