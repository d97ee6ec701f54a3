using System.Text.Json;
using Npgsql;
using Protean.Benchmarks.Load.Servers;

namespace Protean.Benchmarks.Load.Floors;

/// <summary>One kept connection with one prepared statement that reads the log page by page; each body is parsed into its record.</summary>
internal sealed class LogSelect : IAsyncDisposable
{
    private const int PageSize = 1_000;

    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _select;
    private readonly NpgsqlParameter<long> _after = new();
    private readonly IReadOnlyDictionary<string, Type> _types;

    private LogSelect(NpgsqlConnection connection, string schema, IReadOnlyDictionary<string, Type> types)
    {
        _connection = connection;
        _types = types;
        _select = new($"select global_position, type, body from {schema}.messages where global_position > $1 order by global_position limit {PageSize}", connection) { Parameters = { _after } };
    }

    public static async Task<LogSelect> OpenAsync(Postgres postgres, string schema, IReadOnlyDictionary<string, Type> types, CancellationToken cancellationToken)
    {
        var select = new LogSelect(await postgres.OpenAsync(cancellationToken), schema, types);
        await select._select.PrepareAsync(cancellationToken);
        return select;
    }

    /// <summary>Reads everything after a position, and hands over event by event.</summary>
    public async Task ReadAsync(long after, Action<object> take, CancellationToken cancellationToken)
    {
        int read;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            _after.TypedValue = after;
            read = 0;
            await using var reader = await _select.ExecuteReaderAsync(cancellationToken);
            for (; await reader.ReadAsync(cancellationToken); read++)
            {
                after = reader.GetInt64(0);
                take(JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(2), _types[reader.GetString(1)], _json)!);
            }
        }
        while (read == PageSize);
    }

    public async ValueTask DisposeAsync()
    {
        await _select.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
