using Protean.EventStore.Sqlite.Connections;
using Protean.EventStore.Sqlite.Documents;
using Protean.EventStore.Sqlite.Log;
using Protean.Storage;
using Protean.Storage.Batching;

namespace Protean.EventStore.Sqlite.Writing;

/// <summary>Writes a batch of commits in one transaction. A member that is refused is taken back alone; nobody learns an outcome before the transaction has one.</summary>
internal sealed class SqliteBatchWriter(WriteConnection connection, SqliteStoreOptions options, AppendSignal signal, TimeProvider time) : IBatchWriter
{
    private readonly CommitWriter _writer = new(time);

    // A process that ended in between has left its sweeping to the next one.
    private bool _isToBeSwept = true;

    public async ValueTask WriteAsync(IReadOnlyList<PendingCommit> batch)
    {
        try
        {
            if (batch.Count == 1)
                await WriteOneAsync(batch[0]).ConfigureAwait(false);
            else
                await WriteManyAsync(batch).ConfigureAwait(false);
        }
        catch (SqliteFailure failure)
        {
            foreach (var pending in batch)
                pending.TryFail(Faults.Translate(failure, options, pending.Commit.Id));
        }
    }

    /// <summary>The connection is the store's to close.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask WriteOneAsync(PendingCommit pending)
    {
        var work = pending.Commit.UserWork;
        CommitResult result;
        using (var transaction = await connection.BeginAsync(work.Count > 0, CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                result = _writer.Write(transaction.Database, pending.Commit, MessageLog.Head(transaction.Database));
                if (work.Count > 0 && !result.AlreadyCommitted)
                    await UserWork.RunAsync(transaction, pending).ConfigureAwait(false);
                Finish(transaction, pending.Commit);
            }
            catch (Exception error) when (error is not SqliteFailure)
            {
                pending.TryFail(error);
                return;
            }
            catch (SqliteFailure failure)
            {
                SpoilIf(failure, transaction);
                throw;
            }
        }

        signal.Advance(result.Head);
        pending.TrySucceed(result);
    }

    private async ValueTask WriteManyAsync(IReadOnlyList<PendingCommit> batch)
    {
        var results = new CommitResult[batch.Count];
        var errors = new Exception?[batch.Count];
        long head;
        using (var transaction = await connection.BeginAsync(forUser: false, CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                head = MessageLog.Head(transaction.Database);
                for (var i = 0; i < results.Length; i++)
                {
                    if (TryWriteMember(transaction, batch[i].Commit, head, out results[i], out errors[i]))
                        head = Math.Max(head, results[i].Head);
                }

                Finish(transaction, batch);
            }
            catch (SqliteFailure failure)
            {
                SpoilIf(failure, transaction);
                throw;
            }
        }

        signal.Advance(head);
        for (var i = 0; i < results.Length; i++)
        {
            if (errors[i] is { } error)
                batch[i].TryFail(error);
            else
                batch[i].TrySucceed(results[i]);
        }
    }

    private bool TryWriteMember(WriteTransaction transaction, Commit commit, long head, out CommitResult result, out Exception? error)
    {
        transaction.BeginMember();
        try
        {
            result = _writer.Write(transaction.Database, commit, head);
            error = null;
            transaction.EndMember();
            return true;
        }
        catch (Exception refusal) when (refusal is not SqliteFailure)
        {
            transaction.TakeBackMember();
            result = default;
            error = refusal;
            return false;
        }
    }

    private void Finish(WriteTransaction transaction, IReadOnlyList<PendingCommit> batch)
    {
        var hasDocuments = false;
        foreach (var pending in batch)
            hasDocuments |= HasDocuments(pending.Commit);
        Finish(transaction, hasDocuments);
    }

    private void Finish(WriteTransaction transaction, Commit commit)
    {
        _isToBeSwept |= commit.Generations.Count > 0;
        Finish(transaction, HasDocuments(commit));
    }

    private void Finish(WriteTransaction transaction, bool hasDocuments)
    {
        if (hasDocuments && _isToBeSwept)
            _isToBeSwept = GenerationTable.Sweep(transaction.Database);
        transaction.Commit();
    }

    private static bool HasDocuments(Commit commit) => commit.Documents.Count + commit.Generations.Count > 0;

    private static void SpoilIf(SqliteFailure failure, WriteTransaction transaction)
    {
        if (failure.SpoilsConnection)
            transaction.Spoil();
    }
}
