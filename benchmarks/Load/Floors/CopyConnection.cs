using Npgsql;
using Protean.Benchmarks.Load.Servers;

namespace Protean.Benchmarks.Load.Floors;

/// <summary>One kept connection over which full rows go in by binary COPY, so many a transaction.</summary>
internal sealed class CopyConnection : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly string _copy;
    private readonly StreamName[] _streams;
    private long _position;
    private long _head;

    private CopyConnection(NpgsqlConnection connection, FreshSchema schema, int rows)
    {
        _connection = connection;
        _copy = MessagesTable.Copy(schema.Name);
        _streams = [.. Enumerable.Range(0, rows).Select(SampleMessages.Stream)];
        _head = schema.Head;
    }

    public static async Task<CopyConnection> OpenAsync(Postgres postgres, FreshSchema schema, int rows, CancellationToken cancellationToken) =>
        new(await postgres.OpenAsync(cancellationToken), schema, rows);

    /// <summary>Writes a row to each stream, in one transaction.</summary>
    /// <returns>How many rows.</returns>
    public async ValueTask<int> CopyAsync()
    {
        await using var import = await _connection.BeginBinaryImportAsync(_copy);
        foreach (var stream in _streams)
            await import.WriteMessageAsync(++_head, stream, _position, SampleMessages.Next(stream));
        await import.CompleteAsync();
        _position++;
        return _streams.Length;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
