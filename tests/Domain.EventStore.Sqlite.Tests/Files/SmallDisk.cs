using System.Diagnostics;

namespace Protean.EventStore.Sqlite.Tests.Files;

/// <summary>A disk in memory with little room.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    /// <summary>Mounts one, if this process may.</summary>
    public static SmallDisk? TryMount(string folder)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return null;
        var path = Directory.CreateDirectory(System.IO.Path.Combine(folder, "disk")).FullName;
        return TryRun("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", path) ? new(path) : null;
    }

    public void Grow() => Run("mount", "-o", "remount,size=64m", Path);

    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", Path);

    public void MakeWritable() => Run("mount", "-o", "remount,rw", Path);

    public void Dispose() => Run("umount", "-l", Path);

    private static void Run(string command, params string[] arguments)
    {
        if (!TryRun(command, arguments))
            throw new InvalidOperationException($"{command} {string.Join(' ', arguments)} has failed.");
    }

    private static bool TryRun(string command, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(command, arguments) { RedirectStandardError = true };
            using var process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
