using Npgsql;
using Protean.EventStore.TestServer;

namespace Protean.Benchmarks.Load.Servers;

/// <summary>The server that was named, or a durable one of this process's own, started when a row first asks for it and removed at the end.</summary>
internal sealed class LazyPostgres(string? named, TextWriter output) : IAsyncDisposable
{
    private PostgresServer? _private;
    private Postgres? _started;

    public async Task<Postgres> GetAsync(CancellationToken cancellationToken)
    {
        if (_started is not null)
            return _started;
        if (named is null)
            _private = await PostgresServer.StartAsync(new() { Durable = true }, cancellationToken);
        var started = new Postgres(named ?? _private!.ConnectionString());
        await output.WriteLineAsync($"PostgreSQL {await CheckDurabilityAsync(started, cancellationToken)}, {(named is null ? "a private server" : "as named")}");
        return _started = started;
    }

    public async ValueTask DisposeAsync()
    {
        if (_started is not null)
            await _started.DisposeAsync();
        if (_private is not null)
            await _private.DisposeAsync();
    }

    // Without durability both sides would measure something else than what is promised.
    private static async Task<string> CheckDurabilityAsync(Postgres postgres, CancellationToken cancellationToken)
    {
        await using var connection = await postgres.OpenAsync(cancellationToken);
        var settings = new Dictionary<string, string>();
        foreach (var name in new[] { "server_version", "fsync", "synchronous_commit", "full_page_writes" })
        {
            await using var command = new NpgsqlCommand($"show {name}", connection);
            settings[name] = (string)(await command.ExecuteScalarAsync(cancellationToken))!;
        }

        foreach (var name in new[] { "fsync", "synchronous_commit" })
        {
            if (settings[name] == "off")
                throw new UnfitServerException($"The server has {name} off. What is measured is durable on both sides: turn it on, or name another server.");
        }

        return string.Join(", ", settings.Select(setting => setting.Key == "server_version" ? setting.Value : $"{setting.Key} {setting.Value}"));
    }
}

/// <summary>Nothing can be measured on this server.</summary>
internal sealed class UnfitServerException(string message) : Exception(message);
