using System.Runtime.ExceptionServices;
using System.Text;
using Npgsql;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>
/// Writes a commit that cannot stand in a batch: one with the user's own SQL, or one that changes generations or more than a commit can say. The
/// user's work runs first, in the same transaction but before the lock is taken, so that nobody waits while it thinks.
/// </summary>
internal sealed class LoneCommit(StoreContext context)
{
    private const int Tries = 5;

    /// <param name="commit">The commit.</param>
    /// <param name="also">Statements that go out with it, at its end.</param>
    /// <param name="cancellationToken">Counts until the statements of the commit go out.</param>
    public async ValueTask<CommitResult> WriteAsync(Commit commit, IReadOnlyList<NpgsqlBatchCommand> also, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryWriteAsync(commit, also, attempt > 1 ? Manner.Careful | Manner.DeletesFirst : Manner.Careful, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (Refusal.TryRead(error, out var refusal))
            {
                if (refusal.What == Refusal.Commit)
                    return await context.ReadResultAsync(commit.Id!.Value).ConfigureAwait(false);
                if (refusal.What != Refusal.Generations)
                    throw refusal.ToException(commit);
                if (attempt == Tries || commit.UserWork.Count > 0)
                    throw new ConcurrencyException($"generations of '{commit.Generations[0].Collection}'", 0, refusal.Actual);
            }
            catch (PostgresException error) when (attempt == 1 && commit.UserWork.Count == 0 && context.IsUniqueIndex(error))
            {
                // A value may have moved from one document to another: the next try takes the way that allows it.
            }
            catch (UserWorkFailedException error)
            {
                error.Original.Throw();
            }
            catch (PostgresException error) when (commit.UserWork.Count > 0 && IsUsersOwn(error))
            {
                throw;
            }
            catch (Exception error) when (PostgresFaults.IsFault(error) || error is EncoderFallbackException)
            {
                throw await context.ExplainAsync(error, commit).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<CommitResult> TryWriteAsync(Commit commit, IReadOnlyList<NpgsqlBatchCommand> also, Manner manner, CancellationToken cancellationToken)
    {
        var generations = commit.Generations.Count == 0 ? null : await GenerationPlan.MakeAsync(context.Database, commit.Generations, cancellationToken).ConfigureAwait(false);
        // The user's work is done once, so the way that takes every commit is taken at once.
        var commands = Commands(commit, generations, also, commit.UserWork.Count > 0 ? manner | Manner.DeletesFirst : manner, out var batchId);
        await using var connection = await context.Database.OpenForUserAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await RunUserWorkAsync(commit, connection, transaction, cancellationToken).ConfigureAwait(false);
        CheckIsOpen(transaction);
        cancellationToken.ThrowIfCancellationRequested();

        await using var batch = new NpgsqlBatch(connection, transaction);
        // What goes out with a commit changes as many rows as a stream has.
        if (also.Count > 0)
            batch.Timeout = PostgresDatabase.NoTimeout;
        BatchAnswer answer;
        try
        {
            answer = await BatchExecution.RunAsync(batch, commands, CancellationToken.None).ConfigureAwait(false);
        }
        catch (NpgsqlOperationInProgressException error)
        {
            throw new InvalidOperationException(
                "The work given to OnCommit has left a reader open, or a command running, on its connection, so that nothing was written: dispose of readers and await commands before it ends.", error);
        }
        catch (Exception error) when (PostgresFaults.IsFault(error) && !PostgresFaults.IsAnswer(error))
        {
            answer = await context.SettleAsync(batchId, [commit], error).ConfigureAwait(false)
                ?? throw new StoreUnavailableException(PostgresFaults.Store, "the connection was lost before the commit was taken", error);
        }

        var result = answer.Results([commit])[0];
        context.Appended(result.HeadBefore, result.Head);
        return result;
    }

    /// <summary>Whether a constraint or trigger of the user's own tables, checked at the end of the transaction, has refused it.</summary>
    private bool IsUsersOwn(PostgresException error) =>
        error.SqlState.StartsWith("P0", StringComparison.Ordinal)
        || (error.SqlState.StartsWith("23", StringComparison.Ordinal) && error.SchemaName != context.Database.Schema);

    private static async ValueTask RunUserWorkAsync(Commit commit, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var work in commit.UserWork)
                await work(connection, transaction, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            throw new UserWorkFailedException(ExceptionDispatchInfo.Capture(error));
        }
    }

    /// <summary>Outside of the user's transaction the rest of the commit would stand for itself.</summary>
    private static void CheckIsOpen(NpgsqlTransaction transaction)
    {
        try
        {
            // Of what a transaction tells, only its level is refused once it has ended, by whatever way.
            _ = transaction.IsolationLevel;
        }
        catch (InvalidOperationException error)
        {
            throw CommitValidation.TransactionEnded(error);
        }
    }

    private BatchCommands Commands(Commit commit, GenerationPlan? generations, IReadOnlyList<NpgsqlBatchCommand> also, Manner manner, out Guid batch)
    {
        batch = Guid.CreateVersion7();
        var planned = context.NewPlan().Fill([commit], batch, manner);
        var commands = new BatchCommands();
        commands.Add(planned.All[0].Command, planned.All[0].Answer);
        foreach (var (command, answer) in (generations?.Commands().All ?? []).Concat(planned.All.Skip(1)))
            commands.Add(command, answer);
        foreach (var command in also)
            commands.Add(command);
        // Goes out with the rest: the lock is held for no round trip.
        commands.Add(new NpgsqlBatchCommand("commit"));
        return commands;
    }

    /// <summary>Carries what the user's work threw past the handling of the store's own errors.</summary>
    private sealed class UserWorkFailedException(ExceptionDispatchInfo original) : Exception
    {
        public ExceptionDispatchInfo Original { get; } = original;
    }
}
