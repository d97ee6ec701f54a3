using System.Text.Json;
using NpgsqlTypes;
using Protean.Benchmarks.Load.Servers;

namespace Protean.Benchmarks.Load.Floors;

/// <summary>A table with the columns and indexes of a collection, into which documents go by binary COPY.</summary>
internal sealed class DocumentCopy(Postgres postgres, string like, string table)
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public string Table => table;

    public Task CreateAsync(CancellationToken cancellationToken) =>
        postgres.ExecuteAsync($"drop table if exists {table}; create table {table} (like {like} including all) with (fillfactor = 80)", cancellationToken);

    public async Task CopyAsync<TDocument>(IReadOnlyDictionary<string, TDocument> documents, CancellationToken cancellationToken)
    {
        await using var connection = await postgres.OpenAsync(cancellationToken);
        await using var import = await connection.BeginBinaryImportAsync($"copy {table} (generation, key, version, stamp, body) from stdin (format binary)", cancellationToken);
        foreach (var (key, document) in documents)
        {
            await import.StartRowAsync(cancellationToken);
            await import.WriteAsync(0L, NpgsqlDbType.Bigint, cancellationToken);
            await import.WriteAsync(key, NpgsqlDbType.Text, cancellationToken);
            await import.WriteAsync(1L, NpgsqlDbType.Bigint, cancellationToken);
            await import.WriteAsync("", NpgsqlDbType.Text, cancellationToken);
            await import.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(document, _json), NpgsqlDbType.Jsonb, cancellationToken);
        }

        await import.CompleteAsync(cancellationToken);
    }
}
