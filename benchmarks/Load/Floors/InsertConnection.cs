using Npgsql;
using NpgsqlTypes;
using Protean.Benchmarks.Load.Servers;
using Protean.Storage;

namespace Protean.Benchmarks.Load.Floors;

/// <summary>One kept connection with one prepared statement that inserts one full row and commits by itself.</summary>
internal sealed class InsertConnection : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _insert;
    private readonly NpgsqlParameter<long> _globalPosition = new();
    private readonly NpgsqlParameter<string> _stream = Text();
    private readonly NpgsqlParameter<long> _position = new();
    private readonly NpgsqlParameter<string> _category = Text();
    private readonly NpgsqlParameter<int> _hash = new();
    private readonly NpgsqlParameter<Guid> _id = new();
    private readonly NpgsqlParameter<string> _type = Text();
    private readonly NpgsqlParameter<short> _kind = new();
    private readonly NpgsqlParameter<bool> _archived = new();
    private readonly NpgsqlParameter<DateTime> _time = new() { NpgsqlDbType = NpgsqlDbType.TimestampTz };
    private readonly NpgsqlParameter<int> _checksum = new();
    private readonly NpgsqlParameter<Guid?> _causation = new() { NpgsqlDbType = NpgsqlDbType.Uuid };
    private readonly NpgsqlParameter<string> _correlation = Text();
    private readonly NpgsqlParameter<string?> _cause = OptionalText();
    private readonly NpgsqlParameter<string?> _origin = OptionalText();
    private readonly NpgsqlParameter<string?> _root = OptionalText();
    private readonly NpgsqlParameter<string?> _trace = OptionalText();
    private readonly NpgsqlParameter<byte[]?> _extra = new() { NpgsqlDbType = NpgsqlDbType.Json };
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>> _body = new() { NpgsqlDbType = NpgsqlDbType.Json };

    private InsertConnection(NpgsqlConnection connection, string schema)
    {
        _connection = connection;
        _insert = new NpgsqlCommand(MessagesTable.Insert(schema), connection)
        {
            Parameters =
            {
                _globalPosition, _stream, _position, _category, _hash, _id, _type, _kind, _archived, _time, _checksum, _causation, _correlation,
                _cause, _origin, _root, _trace, _extra, _body,
            },
        };
    }

    public static async Task<InsertConnection> OpenAsync(Postgres postgres, string schema, CancellationToken cancellationToken)
    {
        var connection = new InsertConnection(await postgres.OpenAsync(cancellationToken), schema);
        try
        {
            await connection._insert.PrepareAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public Task InsertAsync(StreamName stream, long position, long globalPosition, in NewMessage message)
    {
        var metadata = message.Metadata;
        _globalPosition.TypedValue = globalPosition;
        _stream.TypedValue = stream.Value;
        _position.TypedValue = position;
        _category.TypedValue = stream.Category;
        _hash.TypedValue = StreamName.StableHash(stream.Value);
        _id.TypedValue = message.Id;
        _type.TypedValue = message.Type;
        _kind.TypedValue = (short)message.Kind;
        _time.TypedValue = message.Time.UtcDateTime;
        _checksum.TypedValue = unchecked((int)message.Checksum!.Value);
        _causation.TypedValue = metadata.CausationId;
        _correlation.TypedValue = metadata.CorrelationId;
        _cause.TypedValue = metadata.CauseStream;
        _origin.TypedValue = metadata.OriginStream;
        _root.TypedValue = metadata.RootStream;
        _body.TypedValue = message.Body;
        return _insert.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _insert.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private static NpgsqlParameter<string> Text() => new() { NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter<string?> OptionalText() => new() { NpgsqlDbType = NpgsqlDbType.Text };
}
