using Npgsql;

namespace Protean.EventStore.TestServer;

/// <summary>
/// The server the tests of a process run against: the one that PROTEAN_POSTGRES names, or else a private one that is
/// started when it is first asked for.
/// </summary>
public sealed class TestPostgres : IAsyncDisposable
{
    /// <summary>The environment variable with the connection string of a server to use.</summary>
    public const string Variable = "PROTEAN_POSTGRES";

    private static readonly TimeSpan _patienceAtExit = TimeSpan.FromSeconds(30);

    private static readonly Lazy<TestPostgres> _shared = new(MakeShared);

    private readonly string? _named;
    private readonly PostgresServerOptions? _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _starting = new(1);
    private PostgresServer? _private;
    private string? _administration;
    private bool _disposed;

    /// <summary>A server that is found through this environment, and a private one started with these options.</summary>
    public TestPostgres(Func<string, string?> environment, PostgresServerOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(environment);
        _named = environment(Variable) is { Length: > 0 } text ? text : null;
        _options = options;
        _time = time ?? TimeProvider.System;
        Templates = new TemplateDatabases(this);
    }

    /// <summary>The one of this process. It needs no disposal: it goes with the process.</summary>
    public static TestPostgres Shared => _shared.Value;

    /// <summary>Whether the server is this process's own, so that nothing else disturbs it.</summary>
    public bool IsPrivate => _named is null;

    internal TemplateDatabases Templates { get; }

    internal TimeProvider Time => _time;

    /// <summary>The connection string for a database of this server, by default for one to administer it from.</summary>
    public async Task<string> ConnectionStringAsync(string? database = null, CancellationToken cancellationToken = default)
    {
        var administration = await StartedAsync(cancellationToken);
        return database is null ? administration : new NpgsqlConnectionStringBuilder(administration) { Database = database }.ConnectionString;
    }

    /// <summary>Removes the private server, or from a named one what this process left there.</summary>
    public async ValueTask DisposeAsync()
    {
        await _starting.WaitAsync();
        try
        {
            _disposed = true;
            if (_private is not null)
                await _private.DisposeAsync();
            else if (_administration is not null)
                await Templates.DropAllAsync();
            _private = null;
            _administration = null;
        }
        finally
        {
            _starting.Release();
        }
    }

    private static TestPostgres MakeShared()
    {
        var shared = new TestPostgres(Environment.GetEnvironmentVariable);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => shared.DisposeAsync().AsTask().Wait(_patienceAtExit);
        return shared;
    }

    private async Task<string> StartedAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _administration ??= await StartAsync(cancellationToken);
        }
        finally
        {
            _starting.Release();
        }
    }

    private async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        if (_named is not null)
        {
            await SweepAsync(_named, cancellationToken);
            return _named;
        }
        _private = await PostgresServer.StartAsync(_options, cancellationToken);
        return _private.ConnectionString();
    }

    private async Task SweepAsync(string named, CancellationToken cancellationToken)
    {
        try
        {
            await LeftDatabases.SweepAsync(named, _time, cancellationToken);
        }
        catch (NpgsqlException e)
        {
            throw new PostgresServerException($"The server that {Variable} names cannot be used: {e.Message} Start it, or unset the variable to have a private one.", e);
        }
    }
}
