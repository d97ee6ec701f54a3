using Npgsql;
using Protean.EventStore.Waking;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>What the writers of a store share.</summary>
internal sealed class StoreContext(PostgresStoreOptions options, PostgresDatabase database, CollectionTables collections, AppendNews news, TimeProvider time, ILogger logger)
{
    private readonly Settlement _settlement = new(database, time, options.SettleTimeout, logger);
    private readonly ViolationFinder _violations = new(database, collections);

    public PostgresDatabase Database => database;

    public BatchPlan NewPlan() => new(collections, database.Schema, options.LockTimeout);

    public void Appended(long headBefore, long head)
    {
        if (head > headBefore)
            news.Appended(head);
    }

    public ValueTask<BatchAnswer?> SettleAsync(Guid batch, IReadOnlyList<Commit> commits, Exception cause) => _settlement.SettleAsync(batch, commits, cause);

    public bool IsOfPositions(Exception error) => _violations.IsOfPositions(error);

    public bool IsUniqueIndex(Exception error) => _violations.IsUniqueIndex(error);

    /// <summary>Says what was wrong with a commit that the database would not take.</summary>
    public ValueTask<Exception> ExplainAsync(Exception error, Commit commit) => _violations.ExplainAsync(error, commit);

    /// <summary>The result of a commit whose id is known.</summary>
    public ValueTask<CommitResult> ReadResultAsync(Guid commit) => database.QueryAsync(
        $"select head_before, first_position, head, stream_positions from {database.Schema}.commits where id = $1",
        commit,
        static (parameters, commit) => parameters.Add(new NpgsqlParameter<Guid> { TypedValue = commit }),
        static async (reader, commit, cancellationToken) =>
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
                ? new CommitResult(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetFieldValue<long[]>(3), AlreadyCommitted: true)
                : throw new StoreUnavailableException(PostgresFaults.Store, $"the result of commit {commit} was purged while it was asked for"),
        CancellationToken.None);
}
