using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Protean.EventStore.TestServer;

namespace Protean.Brokers.TestServer;

/// <summary>
/// A private RabbitMQ node, run with the programs installed on this machine. It listens on loopback only, behind a random password, with an Erlang port mapper of its own,
/// and is stopped and removed at the end even when this process is killed.
/// </summary>
public sealed class RabbitMqServer : IAsyncDisposable
{
    private const string Prefix = "protean-mq-";
    private const string User = "protean";
    private const int Attempts = 5;

    private static readonly string[] _logs = ["out", "log"];
    private static readonly string[] _users = ["rabbitmq", "nobody"];
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(100);

    // The server replaces the shell, so that the process of the shell is that of the server.
    private const string StartScript = """
        dir=$1 server=$2 epmd=$3
        exec >>"$dir/out" 2>&1 </dev/null
        echo "$$" >"$dir/server.pid"
        [ -e "$dir/epmd" ] || ln -s "$epmd" "$dir/epmd"
        if [ ! -e "$dir/epmd.pid" ]; then
          "$dir/epmd" -port "$ERL_EPMD_PORT" -address 127.0.0.1 &
          echo "$!" >"$dir/epmd.pid"
        fi
        exec "$server" -protean "$dir"
        """;

    private static readonly StopScript _stop = new(
        """
        stop() {
          pid=$(cat "$dir/server.pid")
          if [ -n "$pid" ] && runs_with "$pid" "$dir"; then kill -KILL "$pid"; fi
          pid=$(cat "$dir/epmd.pid")
          if [ -n "$pid" ] && runs_with "$pid" "$dir/epmd"; then kill -KILL "$pid"; fi
        }
        """);

    private readonly ServerPrograms _programs;
    private readonly ServerDirectory _directory;
    private readonly Watchdog _watchdog;
    private readonly string? _user;
    private readonly TimeProvider _time;
    private readonly string _password = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private NodePorts _ports = NodePorts.Free();
    private Process? _process;

    private RabbitMqServer(ServerPrograms programs, ServerDirectory directory, string? user, TimeProvider time)
    {
        _programs = programs;
        _directory = directory;
        _user = user;
        _time = time;
        _watchdog = Watchdog.Start(user, directory.Root, _stop);
        Certificate = ServerCertificate.Create(time.GetUtcNow());
    }

    /// <summary>The port on 127.0.0.1; it stays the same over <see cref="StopAsync"/> and <see cref="StartAgainAsync"/>.</summary>
    public int Port => _ports.Amqp;

    /// <summary>The same for TLS, where the server shows its <see cref="Certificate"/>.</summary>
    public int TlsPort => _ports.Amqps;

    /// <summary>What the server shows; it is made out to 'localhost'.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The process id of the running server. Throws when it does not run.</summary>
    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("The server does not run.");

    /// <summary>The process ids of all that belongs to the server.</summary>
    public IReadOnlyList<int> ProcessIds => [ProcessId, int.Parse(File.ReadAllText(Path.Combine(_directory.Root, "epmd.pid")), CultureInfo.InvariantCulture)];

    /// <summary>The temporary directory that holds the node and its log.</summary>
    public string RootDirectory => _directory.Root;

    /// <summary>What the server has logged.</summary>
    public string Log => string.Concat(_logs.Select(file => Path.Combine(_directory.Root, file)).Where(File.Exists).Select(ReadShared));

    /// <summary>Who connects, and where.</summary>
    public string Uri => $"amqp://{User}:{_password}@127.0.0.1:{Port}";

    /// <summary>The same with TLS.</summary>
    public string TlsUri => $"amqps://{User}:{_password}@localhost:{TlsPort}";

    /// <summary>Makes a node and starts it.</summary>
    /// <exception cref="RabbitMqMissingException">RabbitMQ is not installed.</exception>
    /// <exception cref="RabbitMqServerException">The node could not be started.</exception>
    public static async Task<RabbitMqServer> StartAsync(TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("A private server needs Linux or macOS; name a running one in PROTEAN_RABBITMQ.");
        var programs = ServerPrograms.Find();
        var user = await ServerUser.FindAsync(_users, cancellationToken);
        await ServerDirectory.SweepAsync(user, Prefix, _stop, cancellationToken);
        var directory = await ServerDirectory.CreateAsync(user, Prefix, cancellationToken);
        var server = new RabbitMqServer(programs, directory, user, time ?? TimeProvider.System);
        try
        {
            await server.StartOnFreePortsAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the server and waits until it has stopped. The data stays.</summary>
    public async Task StopAsync(StopMode mode = StopMode.Fast, CancellationToken cancellationToken = default)
    {
        using var process = _process ?? throw new InvalidOperationException("The server does not run.");
        _process = null;
        if (mode == StopMode.Immediate)
            process.Kill();
        else
            (await Command.RunAsync(_user, "kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)], cancellationToken)).Demand("stop the server", Log);
        await process.WaitForExitAsync(cancellationToken).WaitAsync(_patience, _time, cancellationToken);
    }

    /// <summary>Starts the stopped server on the same ports with the same data.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        if (!await TryStartAsync(cancellationToken))
            throw new RabbitMqServerException($"The server could not be started again on port {Port}. {Log}");
    }

    /// <summary>
    /// Waits until the server has noted on disk that there are these queues. RabbitMQ 3.10 does so up to some seconds after it has declared them; if it is killed before, they come back
    /// empty, whatever was confirmed, and without a leader.
    /// </summary>
    public async Task WaitUntilNotedAsync(IReadOnlyCollection<string> queues, CancellationToken cancellationToken = default)
    {
        using var patience = new CancellationTokenSource(_patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        using var timer = new PeriodicTimer(_interval, _time);
        try
        {
            while ((queues = NotNoted(queues)).Count > 0)
                await timer.WaitForNextTickAsync(either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw new RabbitMqServerException($"The queues {string.Join(", ", queues)} are not noted on disk after {_patience}. {Log}");
        }
    }

    /// <summary>Stops the server as in a crash and removes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        using (_directory)
            await _watchdog.DisposeAsync();
        _process?.Dispose();
        Certificate.Dispose();
    }

    private async Task StartOnFreePortsAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            await NodeConfiguration.WriteAsync(_directory.Root, _ports, User, _password, Certificate, cancellationToken);
            if (await TryStartAsync(cancellationToken))
                return;
            // Somebody else may take a port between our look and the start.
            if (attempt == Attempts || !Log.Contains("eaddrinuse", StringComparison.Ordinal))
                throw new RabbitMqServerException($"The server could not be started. {Log}");
            _ports = NodePorts.Free();
        }
    }

    /// <summary>Whether the server answers; else it has ended.</summary>
    private async Task<bool> TryStartAsync(CancellationToken cancellationToken)
    {
        _process = StartProcess();
        using var patience = new CancellationTokenSource(_patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        using var timer = new PeriodicTimer(_interval, _time);
        try
        {
            while (!await AmqpProbe.AnswersAsync(Port, either.Token))
            {
                if (_process.HasExited)
                    return false;
                await timer.WaitForNextTickAsync(either.Token);
            }

            return true;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw new RabbitMqServerException($"The server has not started within {_patience}. {Log}");
        }
    }

    private Process StartProcess()
    {
        // Nothing of the environment belongs to this node, HOME with the secret of other nodes least of all.
        string[] arguments = ["-i", .. NodeConfiguration.Environment(_directory.Root, _ports), "sh", "-c", StartScript, "sh", _directory.Root, _programs.Server, _programs.Epmd];
        try
        {
            // A session of its own: neither Ctrl+C nor a signal to the group of this process reaches it.
            return Command.Start(_user, "setsid", ["env", .. arguments], readsOutput: false);
        }
        catch (Win32Exception)
        {
            return Command.Start(_user, "env", arguments, readsOutput: false);
        }
    }

    private string[] NotNoted(IReadOnlyCollection<string> queues)
    {
        var names = string.Concat(Directory.EnumerateFiles(_directory.Root, "names.dets", SearchOption.AllDirectories).Select(ReadShared));
        return [.. queues.Where(queue => !names.Contains($"_{queue}", StringComparison.Ordinal))];
    }

    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }
}
