using Npgsql;
using NpgsqlTypes;
using Protean.Benchmarks.Load.Servers;
using Protean.Storage;

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
            await WriteAsync(import, stream, SampleMessages.Next(stream));
        await import.CompleteAsync();
        _position++;
        return _streams.Length;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task WriteAsync(NpgsqlBinaryImporter import, StreamName stream, NewMessage message)
    {
        var metadata = message.Metadata;
        await import.StartRowAsync();
        await import.WriteAsync(++_head, NpgsqlDbType.Bigint);
        await import.WriteAsync(stream.Value, NpgsqlDbType.Text);
        await import.WriteAsync(_position, NpgsqlDbType.Bigint);
        await import.WriteAsync(stream.Category, NpgsqlDbType.Text);
        await import.WriteAsync(StreamName.StableHash(stream.Value), NpgsqlDbType.Integer);
        await import.WriteAsync(message.Id, NpgsqlDbType.Uuid);
        await import.WriteAsync(message.Type, NpgsqlDbType.Text);
        await import.WriteAsync((short)message.Kind, NpgsqlDbType.Smallint);
        await import.WriteAsync(false, NpgsqlDbType.Boolean);
        await import.WriteAsync(message.Time.UtcDateTime, NpgsqlDbType.TimestampTz);
        await import.WriteAsync(unchecked((int)message.Checksum!.Value), NpgsqlDbType.Integer);
        await import.WriteAsync(metadata.CausationId!.Value, NpgsqlDbType.Uuid);
        await import.WriteAsync(metadata.CorrelationId, NpgsqlDbType.Text);
        await import.WriteAsync(metadata.CauseStream!, NpgsqlDbType.Text);
        await import.WriteAsync(metadata.OriginStream!, NpgsqlDbType.Text);
        await import.WriteAsync(metadata.RootStream!, NpgsqlDbType.Text);
        await import.WriteNullAsync();
        await import.WriteNullAsync();
        await import.WriteAsync(message.Body, NpgsqlDbType.Json);
    }
}
