using Npgsql;
using Protean.EventStore.Reading;
using Protean.EventStore.Schema;
using Protean.EventStore.Waking;
using Protean.EventStore.Writing;
using Protean.Storage;
using Protean.Storage.Batching;

namespace Protean.EventStore;

/// <summary>
/// Keeps everything in a PostgreSQL database. Order is commit order: one writer at a time holds the lock for appends until its commit is visible;
/// commits of many callers share a transaction.
/// </summary>
public sealed partial class PostgresEventStore : IEventStore
{
    private readonly PostgresDatabase _database;
    private readonly CollectionTables _collections;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly AppendNews _news;
    private readonly GroupCommit _commits;
    private readonly LoneCommit _lone;
    private readonly StreamReading _streams;
    private readonly LogReading _log;
    private readonly DocumentReading _documents;
    private readonly ProgressReading _progress;
    private readonly FailureReading _failures;
    private readonly Operations _operations;
    private readonly Sweeper _sweeper;
    private volatile bool _disposed;

    /// <summary>Makes the store; nothing is asked of the server before it is initialized.</summary>
    /// <param name="options">Where the server is, and how it is used.</param>
    /// <param name="time">The clock for waiting and giving up; what is stored goes by the database's.</param>
    /// <param name="logger">Takes the store's log.</param>
    /// <exception cref="ArgumentException">An option has a value that cannot be.</exception>
    public PostgresEventStore(PostgresStoreOptions options, TimeProvider? time = null, ILogger<PostgresEventStore>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _time = time ??= TimeProvider.System;
        _logger = logger ?? Microsoft.Extensions.Logging.Abstractions.NullLogger<PostgresEventStore>.Instance;
        _database = new(options);
        _collections = new(options.Schema);
        _news = new(_database, options, time, _logger);
        var context = new StoreContext(options, _database, _collections, _news, time, _logger);
        _commits = new(
            typeof(PostgresEventStore),
            [.. Enumerable.Range(0, options.Writers).Select(_ => new BatchWriter(context))],
            new() { Capacity = options.QueueCapacity, MaxCommits = options.MaxBatchCommits, MaxBytes = options.MaxBatchBytes });
        _lone = new(context);
        _streams = new(_database, _collections);
        _log = new(_database);
        _documents = new(_database, _collections);
        _progress = new(_database);
        _failures = new(_database);
        _operations = new(_database);
        _sweeper = new(_database, _collections, options, time, _logger);
    }

    /// <inheritdoc/>
    public string Name => PostgresFaults.Store;

    /// <inheritdoc/>
    /// <exception cref="StoreSchemaException">The schema is newer than this code, or cannot be made by this user.</exception>
    public async ValueTask InitializeAsync(StoreDefinition definition, CancellationToken cancellationToken = default)
    {
        Check(cancellationToken);
        var tables = _collections.Describe(definition);
        _ = await Run(
            static async (store, tables, cancellationToken) =>
            {
                await new SchemaMigration(store._database, store._time, store._logger).EnsureAsync(tables, cancellationToken).ConfigureAwait(false);
                return true;
            },
            tables,
            cancellationToken).ConfigureAwait(false);
        _collections.Add(tables);
        _sweeper.Start();
    }

    /// <summary>
    /// The schema as an SQL script, for a database in which the application's own user may create nothing. At its head stands what that user has to be granted.
    /// </summary>
    /// <param name="definition">What the domain needs; see <see cref="IDomain"/>.</param>
    /// <param name="schema">The schema.</param>
    public static string ExportSchema(StoreDefinition definition, string schema = "protean")
    {
        SchemaName.Check(schema);
        return SchemaExport.Everything(schema, new CollectionTables(schema).Describe(definition));
    }

    /// <summary>
    /// Writes the schema as an SQL script, for a database in which the application's own user may create nothing. At its head stands what that user has to be granted.
    /// </summary>
    /// <param name="definition">What the domain needs.</param>
    /// <param name="writer">Takes the script.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task ExportSchemaAsync(StoreDefinition definition, TextWriter writer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(writer);
        await writer.WriteAsync(ExportSchema(definition, _database.Schema).AsMemory(), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken = default)
    {
        try
        {
            Check(cancellationToken);
            CommitValidation.Check(commit);
            _collections.Check(commit);
        }
        catch (OperationCanceledException)
        {
            return ValueTask.FromCanceled<CommitResult>(cancellationToken);
        }
        catch (Exception error)
        {
            return ValueTask.FromException<CommitResult>(error);
        }

        return commit.UserWork.Count > 0 || commit.Generations.Count > 0
            ? WriteAloneAsync(commit, [], cancellationToken)
            : _commits.CommitAsync(commit, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<long> WaitForAppendAsync(long after, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        return await _news.WaitAsync(after, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _sweeper.DisposeAsync().ConfigureAwait(false);
        await _commits.DisposeAsync().ConfigureAwait(false);
        await _news.DisposeAsync().ConfigureAwait(false);
        await _database.DisposeAsync().ConfigureAwait(false);
    }

    private void Check(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async ValueTask<CommitResult> WriteAloneAsync(Commit commit, IReadOnlyList<NpgsqlBatchCommand> also, CancellationToken cancellationToken)
    {
        var result = await Run(
            static (store, call, cancellationToken) => store._lone.WriteAsync(call.commit, call.also, cancellationToken), (commit, also), cancellationToken).ConfigureAwait(false);
        if (commit.Generations.Count > 0)
            _sweeper.Start();
        return result;
    }
}
