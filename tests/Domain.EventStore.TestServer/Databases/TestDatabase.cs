using Npgsql;

namespace Protean.EventStore.TestServer;

/// <summary>A database of a test's own, dropped on disposal.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private const string TemplateInUse = "55006";
    private const int Attempts = 10;

    // Two copies of one template at once would disturb each other.
    private static readonly SemaphoreSlim _creation = new(1);

    private readonly string _server;

    private TestDatabase(string server, string name, string connectionString)
    {
        _server = server;
        Name = name;
        ConnectionString = connectionString;
    }

    /// <summary>The name, such as <c>protean_test_4711_0123456789abcdef</c>.</summary>
    public string Name { get; }

    /// <summary>How to connect to it.</summary>
    public string ConnectionString { get; }

    /// <summary>An empty database, or a copy of the named one, which must have no connections.</summary>
    public static async Task<TestDatabase> CreateAsync(string? template = null, TestPostgres? server = null, CancellationToken cancellationToken = default)
    {
        server ??= TestPostgres.Shared;
        var administration = await server.ConnectionStringAsync(database: null, cancellationToken);
        var name = DatabaseName.Next();
        var copied = template is null ? "" : $" template \"{DatabaseName.Validated(template)}\"";
        await CreateAsync(administration, $"create database \"{name}\"{copied}", cancellationToken);
        var comment = DatabaseOwner.Current(server.Time).ToString().Replace("'", "''", StringComparison.Ordinal);
        await Administration.RunAsync(administration, $"comment on database \"{name}\" is '{comment}'", cancellationToken);
        return new TestDatabase(administration, name, await server.ConnectionStringAsync(name, cancellationToken));
    }

    /// <summary>
    /// A copy of a database that <paramref name="prepare"/>, given its connection string, fills once a process and key.
    /// It must leave no connection open but in the pool of that string.
    /// </summary>
    public static async Task<TestDatabase> CreateFromTemplateAsync(
        string templateKey, Func<string, Task> prepare, TestPostgres? server = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prepare);
        server ??= TestPostgres.Shared;
        var template = await server.Templates.GetAsync(templateKey, prepare).WaitAsync(cancellationToken);
        return await CreateAsync(template, server, cancellationToken);
    }

    /// <summary>Drops the database, whoever is connected to it.</summary>
    public async ValueTask DisposeAsync()
    {
        Administration.ClearPool(ConnectionString);
        await Administration.RunAsync(_server, $"drop database if exists \"{Name}\" with (force)", CancellationToken.None);
    }

    /// <summary>Lets nobody in any more, as copying it demands.</summary>
    internal Task CloseAsync()
    {
        Administration.ClearPool(ConnectionString);
        return Administration.RunAsync(_server, $"alter database \"{Name}\" allow_connections false", CancellationToken.None);
    }

    private static async Task CreateAsync(string server, string sql, CancellationToken cancellationToken)
    {
        await _creation.WaitAsync(cancellationToken);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await Administration.RunAsync(server, sql, cancellationToken);
                    return;
                }
                catch (PostgresException e) when (e.SqlState == TemplateInUse && attempt < Attempts)
                {
                    // Another process on the same server copies it as well; the server has waited five seconds already.
                }
            }
        }
        finally
        {
            _creation.Release();
        }
    }
}
