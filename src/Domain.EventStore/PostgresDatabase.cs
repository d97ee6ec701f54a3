using Npgsql;
using Protean.EventStore.Schema;

namespace Protean.EventStore;

/// <summary>The connections to the database, and how the store asks over them.</summary>
internal sealed class PostgresDatabase : IAsyncDisposable
{
    private const int PreparedStatementsPerConnection = 200;
    private const int ReadBuffer = 32 * 1024;
    private const int WriteBuffer = 32 * 1024;
    private const int PoolSize = 30;
    private const int IdleSeconds = 60;
    private const int KeepAliveSeconds = 30;
    private readonly NpgsqlDataSource _own;
    private readonly Lazy<NpgsqlDataSource> _lent;

    /// <summary>For statements that take as long as there are rows: only the caller's token ends them.</summary>
    public const int NoTimeout = 0;

    public PostgresDatabase(PostgresStoreOptions options)
    {
        Schema = options.Schema;
        _own = Build(options, own: true);
        // Connections that users' code has had in hand are reset before they are used again; the store's own need it not.
        _lent = new(() => Build(options, own: false));
    }

    public string Schema { get; }

    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => _own.OpenConnectionAsync(cancellationToken);

    public ValueTask<NpgsqlConnection> OpenForUserAsync(CancellationToken cancellationToken) => _lent.Value.OpenConnectionAsync(cancellationToken);

    /// <summary>Asks a question and reads the answer.</summary>
    /// <param name="sql">The question.</param>
    /// <param name="argument">What <paramref name="bind"/> and <paramref name="read"/> need.</param>
    /// <param name="bind">Adds the parameters.</param>
    /// <param name="read">Reads the answer.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="isLong">Whether it takes as long as there are rows, so that no time limit counts.</param>
    public async ValueTask<TResult> QueryAsync<TArgument, TResult>(
        string sql,
        TArgument argument,
        Action<NpgsqlParameterCollection, TArgument> bind,
        Func<NpgsqlDataReader, TArgument, CancellationToken, ValueTask<TResult>> read,
        CancellationToken cancellationToken,
        bool isLong = false)
    {
        try
        {
            await using var command = Command(sql, isLong);
            bind(command.Parameters, argument);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            return await read(reader, argument, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (PostgresFaults.IsFault(error))
        {
            throw PostgresFaults.Translate(error);
        }
    }

    /// <summary>Reads all rows of an answer.</summary>
    public ValueTask<List<TRow>> ListAsync<TRow>(
        string sql, Action<NpgsqlParameterCollection> bind, Func<NpgsqlDataReader, TRow> row, CancellationToken cancellationToken, bool isLong = false) =>
        QueryAsync(
            sql,
            (bind, row),
            static (parameters, call) => call.bind(parameters),
            static async (reader, call, cancellationToken) =>
            {
                var rows = new List<TRow>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    rows.Add(call.row(reader));
                return rows;
            },
            cancellationToken,
            isLong);

    /// <summary>Reads the one value of an answer; the type's default for none.</summary>
    public ValueTask<TValue?> ScalarAsync<TValue>(string sql, Action<NpgsqlParameterCollection> bind, CancellationToken cancellationToken, bool isLong = false) =>
        QueryAsync(
            sql,
            bind,
            static (parameters, bind) => bind(parameters),
            static async (reader, _, cancellationToken) =>
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false) && !reader.IsDBNull(0) ? reader.GetFieldValue<TValue>(0) : default,
            cancellationToken,
            isLong);

    /// <summary>Changes rows.</summary>
    /// <returns>How many there were.</returns>
    public async ValueTask<long> ExecuteAsync(string sql, Action<NpgsqlParameterCollection> bind, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = _own.CreateCommand(sql);
            bind(command.Parameters);
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (PostgresFaults.IsFault(error))
        {
            throw PostgresFaults.Translate(error);
        }
    }

    /// <summary>Runs a statement while nobody else writes, and reads the one value of its answer. However long it waits for its turn, and then takes.</summary>
    public async ValueTask<long> LockedAsync(string sql, Action<NpgsqlParameterCollection> bind, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new(AdvisoryKey.TakeForAppends(Schema)), new(sql) }, Timeout = NoTimeout };
            bind(batch.BatchCommands[1].Parameters);
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            var value = reader.GetInt64(0);
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            return value;
        }
        catch (Exception error) when (PostgresFaults.IsFault(error))
        {
            throw PostgresFaults.Translate(error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _own.DisposeAsync().ConfigureAwait(false);
        if (_lent.IsValueCreated)
            await _lent.Value.DisposeAsync().ConfigureAwait(false);
    }

    private NpgsqlCommand Command(string sql, bool isLong)
    {
        var command = _own.CreateCommand(sql);
        if (isLong)
            command.CommandTimeout = NoTimeout;
        return command;
    }

    private static NpgsqlDataSource Build(PostgresStoreOptions options, bool own)
    {
        var builder = new NpgsqlDataSourceBuilder(options.ConnectionString);
        var text = builder.ConnectionStringBuilder;
        text.Enlist = false;
        text.ApplicationName ??= "protean";
        text.NoResetOnClose = own;
        // A writer that rests must not find at its next commit that a router has forgotten its connection.
        if (!text.ShouldSerialize(nameof(text.KeepAlive)))
            text.KeepAlive = KeepAliveSeconds;
        // Those who wait for a connection of the process wait a few milliseconds; a server that has none left refuses everybody.
        if (!text.ShouldSerialize("Maximum Pool Size"))
            text.MaxPoolSize = PoolSize;
        // What a burst has opened is asked every now and then whether it is still there, for as long as it is kept.
        if (!text.ShouldSerialize("Connection Idle Lifetime"))
            text.ConnectionIdleLifetime = IdleSeconds;
        text.MaxAutoPrepare = !own || !options.PreparedStatements ? 0 : Math.Max(text.MaxAutoPrepare, PreparedStatementsPerConnection);
        text.AutoPrepareMinUsages = 2;
        text.ReadBufferSize = Math.Max(text.ReadBufferSize, ReadBuffer);
        text.WriteBufferSize = Math.Max(text.WriteBufferSize, WriteBuffer);
        options.Configure?.Invoke(builder);
        return builder.Build();
    }
}
