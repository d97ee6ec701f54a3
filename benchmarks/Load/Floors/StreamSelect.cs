using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Protean.Benchmarks.Load.Servers;

namespace Protean.Benchmarks.Load.Floors;

/// <summary>One kept connection with one prepared statement that reads the events of a stream; each body is parsed into its record.</summary>
internal sealed class StreamSelect : IAsyncDisposable
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _select;
    private readonly NpgsqlParameter<string> _stream = new() { NpgsqlDbType = NpgsqlDbType.Text };
    private readonly IReadOnlyDictionary<string, Type> _types;

    private StreamSelect(NpgsqlConnection connection, string schema, IReadOnlyDictionary<string, Type> types)
    {
        _connection = connection;
        _types = types;
        _select = new($"select type, body from {schema}.messages where stream = $1 order by position", connection) { Parameters = { _stream } };
    }

    /// <param name="postgres">The server.</param>
    /// <param name="schema">The schema of the store.</param>
    /// <param name="types">The records, by the names of their types.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<StreamSelect> OpenAsync(Postgres postgres, string schema, IReadOnlyDictionary<string, Type> types, CancellationToken cancellationToken)
    {
        var select = new StreamSelect(await postgres.OpenAsync(cancellationToken), schema, types);
        await select._select.PrepareAsync(cancellationToken);
        return select;
    }

    public async ValueTask<List<object>> ReadAsync(string stream)
    {
        _stream.TypedValue = stream;
        var events = new List<object>();
        await using var reader = await _select.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            events.Add(JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(1), _types[reader.GetString(0)], _json)!);
        return events;
    }

    public async ValueTask DisposeAsync()
    {
        await _select.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
