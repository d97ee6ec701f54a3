using System.Text;
using Protean.EventStore.Sqlite.Connections;
using Protean.EventStore.Sqlite.Documents;
using Protean.EventStore.Sqlite.Schema;
using Protean.EventStore.Sqlite.Writing;
using Protean.Storage;
using Protean.Storage.Batching;

namespace Protean.EventStore.Sqlite;

/// <summary>
/// Keeps everything in one SQLite file. What many callers commit at once is written in one transaction; reads never wait for writers. Several
/// processes can share the file, on a local disk.
/// </summary>
public sealed partial class SqliteEventStore : IEventStore
{
    private readonly TimeProvider _time;
    private readonly SqliteStoreOptions _options;
    private readonly ReadPool _reads;
    private readonly WriteConnection _writes;
    private readonly GroupCommit _commits;
    private readonly AppendSignal _signal = new(typeof(SqliteEventStore));
    private readonly FileWatch _watch;
    private int _disposed;

    /// <summary>Makes a store over a file. Nothing is opened before the first call.</summary>
    /// <param name="options">Names the file, and whatever is to differ from the defaults.</param>
    /// <param name="time">The store's clock, which heartbeats and the age of commit ids go by; by default the system's.</param>
    /// <exception cref="ArgumentException">An option has a value that cannot be used.</exception>
    public SqliteEventStore(SqliteStoreOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Checked();
        _time = time ?? TimeProvider.System;
        var file = new DatabaseFile(_options.Path);
        _reads = new(file, _options);
        _writes = new(file, _options);
        _watch = new(file, _options, _signal, _time);
        _commits = new(typeof(SqliteEventStore), [new SqliteBatchWriter(_writes, _options, _signal, _time)], new()
        {
            Capacity = _options.QueueCapacity,
            MaxCommits = _options.MaxBatchCommits,
            MaxBytes = _options.MaxBatchBytes,
            SharesRows = true,
        });
    }

    /// <summary>Makes a store over a file, with the default options.</summary>
    /// <param name="path">The file, which is made when it is not there.</param>
    /// <param name="time">The store's clock; by default the system's.</param>
    public SqliteEventStore(string path, TimeProvider? time = null)
        : this(new SqliteStoreOptions { Path = path }, time)
    {
    }

    /// <inheritdoc/>
    public string Name => Faults.Store;

    /// <inheritdoc/>
    public bool SharesWork => false;

    private bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <summary>The SQL that makes the schema of an empty file, with the collections and indexes of a definition, for those who want to read it.</summary>
    /// <param name="definition">What the domain needs.</param>
    public static string ExportSchema(StoreDefinition definition)
    {
        DefinitionValidation.Check(definition);
        var script = new StringBuilder();
        foreach (var statement in SchemaMigrator.Statements())
            script.Append(statement).Append('\n');
        for (var i = 0; i < definition.Collections.Count; i++)
        {
            foreach (var statement in CollectionTables.Statements(i + 1, definition.Collections[i]))
                script.Append(statement).Append(";\n");
        }

        return script.ToString();
    }

    /// <summary>Writes the SQL that makes the schema of an empty file, with the collections and indexes of a definition, for those who want to read it.</summary>
    /// <param name="definition">What the domain needs.</param>
    /// <param name="writer">Takes the script.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task ExportSchemaAsync(StoreDefinition definition, TextWriter writer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(writer);
        await writer.WriteAsync(ExportSchema(definition).AsMemory(), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync(StoreDefinition definition, CancellationToken cancellationToken = default)
    {
        DefinitionValidation.Check(definition);
        await WriteAsync(
            static (database, definition) =>
            {
                try
                {
                    CollectionTables.Define(database, definition);
                }
                finally
                {
                    // What was read in between may be taken back, and its number given to another state of the schema.
                    database.Catalog = null;
                }

                return true;
            },
            definition,
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken = default)
    {
        try
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            cancellationToken.ThrowIfCancellationRequested();
            CommitValidation.Check(commit);
            CheckCaller();
            return _commits.CommitAsync(commit, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return ValueTask.FromCanceled<CommitResult>(cancellationToken);
        }
        catch (Exception error)
        {
            return ValueTask.FromException<CommitResult>(error);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long> WaitForAppendAsync(long after, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        _watch.Enter();
        try
        {
            // The watch is on, so whatever comes after this look is seen.
            _signal.Advance(await GetHeadAsync(cancellationToken).ConfigureAwait(false));
            return await _signal.WaitAsync(after, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _watch.Leave();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _signal.Close();
        _watch.Dispose();
        await _commits.DisposeAsync().ConfigureAwait(false);
        _writes.Dispose();
        _reads.Dispose();
    }

    private static void CheckCaller()
    {
        if (UserWork.IsRunning)
            throw new InvalidOperationException("The work given to OnCommit cannot write through the store: its commit would wait for itself. Use the connection that the work was handed.");
    }

    private ValueTask<TResult> ReadAsync<TArgument, TResult>(Func<Database, TArgument, TResult> read, TArgument argument, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<TResult>(cancellationToken);
        return IsDisposed
            ? ValueTask.FromException<TResult>(new ObjectDisposedException(GetType().FullName))
            : _reads.RunAsync(read, argument, cancellationToken);
    }

    /// <summary>Writes something that is no commit, in a transaction of its own.</summary>
    private async ValueTask<TResult> WriteAsync<TArgument, TResult>(
        Func<Database, TArgument, TResult> write, TArgument argument, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        CheckCaller();
        try
        {
            using var transaction = await _writes.BeginAsync(forUser: false, cancellationToken).ConfigureAwait(false);
            try
            {
                var result = write(transaction.Database, argument);
                transaction.Commit();
                return result;
            }
            catch (SqliteFailure failure) when (failure.SpoilsConnection)
            {
                transaction.Spoil();
                throw;
            }
        }
        catch (SqliteFailure failure)
        {
            throw Faults.Translate(failure, _options);
        }
    }
}
