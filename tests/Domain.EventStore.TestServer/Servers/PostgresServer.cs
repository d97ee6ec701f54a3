using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace Protean.EventStore.TestServer;

/// <summary>
/// A private PostgreSQL cluster, made and run with the programs installed on this machine. It listens on loopback only,
/// behind a random password, and is stopped and removed at the end even when this process is killed.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Superuser = "postgres";
    private const int Attempts = 20;

    private readonly ServerBinaries _binaries;
    private readonly ServerDirectory _directory;
    private readonly Watchdog _watchdog;
    private readonly string? _user;
    private readonly string _password = RandomNumberGenerator.GetHexString(32, lowercase: true);

    private PostgresServer(ServerBinaries binaries, ServerDirectory directory, string? user)
    {
        _binaries = binaries;
        _directory = directory;
        _user = user;
        _watchdog = Watchdog.Start(user, directory.Root, StopScript.Postgres(binaries.PgCtl));
    }

    /// <summary>The port on 127.0.0.1; it stays the same over <see cref="StopAsync"/> and <see cref="StartAgainAsync"/>.</summary>
    public int Port { get; private set; }

    /// <summary>The process id of the running server. Throws when it does not run.</summary>
    public int ProcessId => int.Parse(File.ReadLines(Path.Combine(_directory.Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <summary>The temporary directory that holds the cluster and its log.</summary>
    public string RootDirectory => _directory.Root;

    /// <summary>What the server has logged since its last start.</summary>
    public string Log => File.Exists(_directory.Log) ? File.ReadAllText(_directory.Log) : "";

    /// <summary>Makes a cluster and starts its server.</summary>
    /// <exception cref="PostgresMissingException">PostgreSQL is not installed.</exception>
    /// <exception cref="PostgresServerException">The cluster could not be made or started.</exception>
    public static async Task<PostgresServer> StartAsync(PostgresServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("A private server needs Linux or macOS; name a running one in PROTEAN_POSTGRES.");
        options ??= new PostgresServerOptions();
        var binaries = await ServerBinaries.FindAsync(options.BinaryDirectory, cancellationToken);
        var user = await ServerUser.FindAsync(cancellationToken);
        await ServerDirectory.SweepAsync(user, ServerDirectory.Postgres, StopScript.Postgres(binaries.PgCtl), cancellationToken);
        var directory = await ServerDirectory.CreateAsync(user, ServerDirectory.Postgres, cancellationToken);
        var server = new PostgresServer(binaries, directory, user);
        try
        {
            await server.InitializeAsync(options, cancellationToken);
            await server.StartOnFreePortAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection string for a database of this server, as its superuser.</summary>
    public string ConnectionString(string database = "postgres") => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = Superuser,
        Password = _password,
        Database = database,
    }.ConnectionString;

    /// <summary>Stops the server and waits until it has stopped. The data stays.</summary>
    public async Task StopAsync(StopMode mode = StopMode.Fast, CancellationToken cancellationToken = default)
    {
        var stopped = await PgCtlAsync(["-m", mode == StopMode.Fast ? "fast" : "immediate", "stop"], cancellationToken);
        stopped.Demand("stop the server", Log);
    }

    /// <summary>Starts the stopped server on the same port with the same data.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        var started = await TryStartAsync(Port, cancellationToken);
        started.Demand($"start the server again on port {Port}", Log);
    }

    /// <summary>Stops the server as in a crash and removes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        using (_directory)
            await _watchdog.DisposeAsync();
    }

    private async Task InitializeAsync(PostgresServerOptions options, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(_directory.PasswordFile, _password, cancellationToken);
        // The server's user has to read what we wrote; the directory keeps everybody else out.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_directory.PasswordFile, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        string[] arguments =
        [
            "-D", _directory.Data, "-U", Superuser, $"--pwfile={_directory.PasswordFile}", "--auth=scram-sha-256",
            "--encoding=UTF8", $"--locale={options.Locale}", "--lc-messages=C", .. options.Durable ? Array.Empty<string>() : ["--no-sync"],
        ];
        var made = await Command.RunAsync(_user, _binaries.InitDb, arguments, cancellationToken);
        made.Demand("make a cluster");
        File.Delete(_directory.PasswordFile);
        await ServerConfiguration.AppendAsync(Path.Combine(_directory.Data, "postgresql.conf"), options, cancellationToken);
    }

    private async Task StartOnFreePortAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            Port = LoopbackPorts.Free();
            var started = await TryStartAsync(Port, cancellationToken);
            if (started.ExitCode == 0)
                return;
            // Somebody else may take the port between our look and the start.
            if (attempt == Attempts || !Log.Contains("could not bind", StringComparison.Ordinal))
                started.Demand("start the server", Log);
        }
    }

    private Task<CommandResult> TryStartAsync(int port, CancellationToken cancellationToken)
    {
        File.Delete(_directory.Log);
        return PgCtlAsync(["-l", _directory.Log, "-o", $"-p {port}", "start"], cancellationToken);
    }

    private Task<CommandResult> PgCtlAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        Command.RunAsync(_user, _binaries.PgCtl, ["-D", _directory.Data, "-w", "-t", "120", "-s", .. arguments], cancellationToken);
}
