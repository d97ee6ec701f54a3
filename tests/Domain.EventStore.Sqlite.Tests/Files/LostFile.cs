using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Protean.EventStore.Sqlite.Tests.Files;

/// <summary>Takes a file that this process has open from under it: what is written from then on goes nowhere, and cannot be made durable.</summary>
internal static class LostFile
{
    /// <returns>Whether it was open; never where files cannot be told from outside.</returns>
    public static bool TryLose(string path)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        using SafeFileHandle nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var isLost = false;
        foreach (var descriptor in Directory.GetFiles("/proc/self/fd").Where(descriptor => Target(descriptor) == path))
        {
            var number = int.Parse(Path.GetFileName(descriptor), System.Globalization.CultureInfo.InvariantCulture);
            isLost |= Replace((int)nowhere.DangerousGetHandle(), number) >= 0;
        }

        return isLost;
    }

    /// <summary>What others have open can be closed at any time.</summary>
    private static string? Target(string descriptor)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "dup2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Replace(int by, int descriptor);
}
