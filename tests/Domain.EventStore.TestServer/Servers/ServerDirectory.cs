using System.Security.Cryptography;

namespace Protean.EventStore.TestServer;

/// <summary>
/// A directory of the server's user that no other user may enter. It holds a file that its owner keeps locked, so that
/// anybody can tell a directory in use from one left over by a crash; a process id would not do, for ids come again.
/// </summary>
internal sealed class ServerDirectory : IDisposable
{
    /// <summary>What the directories of PostgreSQL servers are called.</summary>
    public const string Postgres = "protean-pg-";

    private const string LockName = "owner.lock";

    // [ -O ]: somebody else's directory under our name in /tmp must not make us stop a server or remove files.
    private const string ListOwned = """for d in "$1"/"$2"*; do [ -O "$d" ] && [ ! -L "$d" ] && printf '%s\n' "$d"; done; true""";

    private readonly FileStream _lock;

    private ServerDirectory(string path, FileStream held)
    {
        Root = path;
        _lock = held;
    }

    public string Root { get; }

    public string Data => Path.Combine(Root, "data");

    public string Log => Path.Combine(Root, "log");

    public string PasswordFile => Path.Combine(Root, "password");

    private static IEnumerable<string> Parents => new[] { Path.GetTempPath().TrimEnd('/'), "/tmp", "/var/tmp" }.Distinct();

    public static async Task<ServerDirectory> CreateAsync(string? user, string prefix, CancellationToken cancellationToken)
    {
        var name = prefix + RandomNumberGenerator.GetHexString(16, lowercase: true);
        var complaints = new List<string>();
        foreach (var parent in Parents)
        {
            // Nobody sees it under its name before it is locked.
            var unlocked = Path.Combine(parent, $".{name}");
            var made = await Command.RunAsync(user, "mkdir", ["-m", "700", unlocked], cancellationToken);
            if (made.ExitCode == 0)
            {
                var held = new FileStream(Path.Combine(unlocked, LockName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
                var path = Path.Combine(parent, name);
                Directory.Move(unlocked, path);
                return new ServerDirectory(path, held);
            }
            complaints.Add(made.Errors.Trim());
        }
        throw new PostgresServerException($"No directory could be made for the server: {string.Join("; ", complaints)}. Set TMPDIR to one that '{user ?? Environment.UserName}' may write to.");
    }

    /// <summary>Stops the servers and removes the directories of owners that are gone.</summary>
    public static async Task SweepAsync(string? user, string prefix, StopScript stop, CancellationToken cancellationToken)
    {
        foreach (var parent in Parents)
        {
            var owned = await Command.RunAsync(user, "sh", ["-c", ListOwned, "sh", parent, prefix], cancellationToken);
            foreach (var path in owned.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                using var left = LockIfLeft(path);
                if (left is not null)
                    await Watchdog.CleanAsync(user, path, stop, cancellationToken);
            }
        }
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream? LockIfLeft(string path)
    {
        try
        {
            return new FileStream(Path.Combine(path, LockName), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
