using System.Diagnostics;

namespace Protean.EventStore.TestServer.Tests;

/// <summary>What can be seen of a server from outside its owner.</summary>
internal static class RunningServer
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    public static bool IsLeft(string rootDirectory, int processId) => Directory.Exists(rootDirectory) || Runs(processId);

    /// <summary>Whether it went within a bounded time.</summary>
    public static async Task<bool> GoesAsync(string rootDirectory, int processId)
    {
        using var patience = new CancellationTokenSource(_patience, TimeProvider.System);
        using var timer = new PeriodicTimer(_interval, TimeProvider.System);
        try
        {
            while (IsLeft(rootDirectory, processId))
                await timer.WaitForNextTickAsync(patience.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static bool Runs(int processId)
    {
        try
        {
            // Where nobody reaps orphans a dead process keeps its id, but it has no command line any more.
            if (Directory.Exists("/proc/self"))
                return File.ReadAllText($"/proc/{processId}/cmdline").Length > 0;
            using var process = Process.GetProcessById(processId);
            return true;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            return false;
        }
    }
}
