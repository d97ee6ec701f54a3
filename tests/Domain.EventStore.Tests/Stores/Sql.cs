using Npgsql;

namespace Protean.EventStore.Tests.Stores;

/// <summary>Statements to a database, beside the store.</summary>
public sealed class Sql(string connectionString) : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "test", MaxPoolSize = 20 });

    public string ConnectionString { get; } = connectionString;

    public async Task RunAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task<IReadOnlyList<T>> ListAsync<T>(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<T>();
        while (await reader.ReadAsync())
            values.Add(reader.GetFieldValue<T>(0));
        return values;
    }

    /// <summary>Whether there is a row like this.</summary>
    public Task<bool> ExistsAsync(string fromWhere) => ScalarAsync<bool>($"select exists (select from {fromWhere})");

    /// <summary>Nobody tells when another session has come somewhere, so it is asked until it has.</summary>
    public async Task UntilAsync(string condition)
    {
        using var patience = new CancellationTokenSource(_patience, TimeProvider.System);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        try
        {
            while (!await ScalarAsync<bool>($"select {condition}"))
                await timer.WaitForNextTickAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"It did not come to this within {_patience}: {condition}");
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
