using System.Globalization;
using System.Text.RegularExpressions;

namespace Protean.EventStore.TestServer;

/// <summary>The directory of an installed server's programs.</summary>
internal sealed partial class ServerBinaries
{
    public const int OldestVersion = 15;

    private readonly string _directory;

    private ServerBinaries(string directory) => _directory = directory;

    public string InitDb => Path.Combine(_directory, "initdb");

    public string PgCtl => Path.Combine(_directory, "pg_ctl");

    private string Postgres => Path.Combine(_directory, "postgres");

    public static async Task<ServerBinaries> FindAsync(string? directory, CancellationToken cancellationToken) =>
        await FindAsync(directory is null ? await UsualDirectoriesAsync(cancellationToken) : [directory], cancellationToken);

    /// <summary>The first of these directories that holds a server new enough.</summary>
    public static async Task<ServerBinaries> FindAsync(IReadOnlyCollection<string> directories, CancellationToken cancellationToken)
    {
        foreach (var directory in directories)
        {
            var binaries = new ServerBinaries(directory);
            if (await binaries.VersionAsync(cancellationToken) >= OldestVersion)
                return binaries;
        }
        throw new PostgresMissingException(directories);
    }

    private async Task<int> VersionAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(InitDb) || !File.Exists(PgCtl) || !File.Exists(Postgres))
            return 0;
        var said = await Command.TryRunAsync(Postgres, ["--version"], cancellationToken);
        var version = VersionNumber().Match(said?.Output ?? "");
        return version.Success ? int.Parse(version.Value, CultureInfo.InvariantCulture) : 0;
    }

    private static async Task<IReadOnlyCollection<string>> UsualDirectoriesAsync(CancellationToken cancellationToken)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        var configured = await Command.TryRunAsync("pg_config", ["--bindir"], cancellationToken);
        return
        [
            .. path,
            .. configured is { ExitCode: 0 } ? [configured.Output.Trim()] : Array.Empty<string>(),
            .. Versions("/usr/lib/postgresql", "*", "bin"),
            "/usr/local/pgsql/bin",
            .. Versions("/usr", "pgsql-*", "bin"),
            .. Versions("/opt/homebrew/opt", "postgresql@*", "bin"),
            .. Versions("/usr/local/opt", "postgresql@*", "bin"),
        ];
    }

    private static IEnumerable<string> Versions(string parent, string pattern, string child) =>
        Directory.Exists(parent)
            ? Directory.EnumerateDirectories(parent, pattern)
                .OrderByDescending(d => VersionNumber().Match(Path.GetFileName(d)) is { Success: true } v ? int.Parse(v.Value, CultureInfo.InvariantCulture) : 0)
                .Select(d => Path.Combine(d, child))
            : [];

    [GeneratedRegex("[0-9]{1,4}")]
    private static partial Regex VersionNumber();
}
