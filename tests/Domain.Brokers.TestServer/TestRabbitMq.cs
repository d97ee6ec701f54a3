namespace Protean.Brokers.TestServer;

/// <summary>
/// The server the tests of a process run against: the one that PROTEAN_RABBITMQ names, or else a private one that is
/// started when it is first asked for.
/// </summary>
public sealed class TestRabbitMq : IAsyncDisposable
{
    /// <summary>The environment variable with the amqp URI of a server to use.</summary>
    public const string Variable = "PROTEAN_RABBITMQ";

    private static readonly TimeSpan _patienceAtExit = TimeSpan.FromSeconds(30);

    private static readonly Lazy<TestRabbitMq> _shared = new(MakeShared);

    private readonly string? _named;
    private readonly SemaphoreSlim _starting = new(1);
    private Task<RabbitMqServer>? _private;
    private bool _disposed;

    /// <summary>A server that is found through this environment.</summary>
    public TestRabbitMq(Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        _named = environment(Variable) is { Length: > 0 } text ? text : null;
    }

    /// <summary>The one of this process. It needs no disposal: it goes with the process.</summary>
    public static TestRabbitMq Shared => _shared.Value;

    /// <summary>The URI of the server.</summary>
    public async Task<string> UriAsync(CancellationToken cancellationToken = default) => _named ?? (await PrivateAsync(cancellationToken)).Uri;

    /// <summary>This process's own server, whatever is named: one that can be stopped.</summary>
    public async Task<RabbitMqServer> PrivateAsync(CancellationToken cancellationToken = default)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_private is null or { IsFaulted: true })
                _private = RabbitMqServer.StartAsync(cancellationToken: CancellationToken.None);
        }
        finally
        {
            _starting.Release();
        }

        // Whoever has waited for long enough leaves it to start for the next.
        return await _private.WaitAsync(cancellationToken);
    }

    /// <summary>Removes the private server.</summary>
    public async ValueTask DisposeAsync()
    {
        await _starting.WaitAsync();
        try
        {
            _disposed = true;
            if (_private is { IsFaulted: false })
                await (await _private).DisposeAsync();
            _private = null;
        }
        finally
        {
            _starting.Release();
        }
    }

    private static TestRabbitMq MakeShared()
    {
        var shared = new TestRabbitMq(Environment.GetEnvironmentVariable);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => shared.DisposeAsync().AsTask().Wait(_patienceAtExit);
        return shared;
    }
}
