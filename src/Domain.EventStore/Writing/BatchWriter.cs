using Npgsql;
using Protean.Storage;
using Protean.Storage.Batching;

namespace Protean.EventStore.Writing;

/// <summary>
/// Writes batches over a connection of its own. A batch goes out in one write and is one transaction. When it is refused, the member that is to
/// blame fails and the others are written without it; when the connection is lost, it finds out what became of the batch before it says anything.
/// </summary>
internal sealed class BatchWriter(StoreContext context) : IBatchWriter
{
    private const int Tries = 2;
    private BatchPlan _plan = context.NewPlan();
    private NpgsqlConnection? _connection;
    private NpgsqlBatch? _batch;

    public async ValueTask WriteAsync(IReadOnlyList<PendingCommit> batch)
    {
        var members = batch.ToList();
        var manner = Manner.Usual;
        while (members.Count > 0)
        {
            if (await TryWriteAsync(members, manner).ConfigureAwait(false))
                return;
            // One was not as expected: others may not be, either.
            manner = Manner.Careful;
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    /// <summary>Writes the members that are left, or takes out the one that cannot be written.</summary>
    /// <returns>Whether all of them have their outcome.</returns>
    private async ValueTask<bool> TryWriteAsync(List<PendingCommit> members, Manner manner)
    {
        var commits = members.ConvertAll(static member => member.Commit);
        try
        {
            var answer = await WriteSettledAsync(commits, manner).ConfigureAwait(false);
            Complete(members, answer.Results(commits));
            return true;
        }
        catch (Exception error) when (Refusal.TryRead(error, out var refusal))
        {
            var refused = members[refusal.Member];
            members.RemoveAt(refusal.Member);
            await RefuseAsync(refused, refusal).ConfigureAwait(false);
            return false;
        }
        catch (Exception error)
        {
            await CloseUnlessAnswerAsync(error).ConfigureAwait(false);
            if (!manner.HasFlag(Manner.Careful) && context.IsOfPositions(error))
                return await TryWriteAsync(members, manner | Manner.Careful).ConfigureAwait(false);
            if (members.Count > 1 && IsOfContent(error))
                await WriteOneByOneAsync(members).ConfigureAwait(false);
            else if (!manner.HasFlag(Manner.DeletesFirst) && context.IsUniqueIndex(error))
                return await TryWriteAsync(members, manner | Manner.DeletesFirst).ConfigureAwait(false);
            else
                await FailAsync(members, error).ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>Whether an error can be the fault of one member, so that the others are to be tried without it.</summary>
    private static bool IsOfContent(Exception error) =>
        error is PostgresException postgres ? PostgresFaults.IsOfContent(postgres) : error is not ProteanException && !PostgresFaults.IsFault(error);

    private void Complete(List<PendingCommit> members, CommitResult[] results)
    {
        context.Appended(results[0].HeadBefore, results[^1].Head);
        for (var i = 0; i < results.Length; i++)
            members[i].TrySucceed(results[i]);
    }

    private async ValueTask RefuseAsync(PendingCommit refused, Refusal refusal)
    {
        try
        {
            if (refusal.What == Refusal.Commit)
                refused.TrySucceed(await context.ReadResultAsync(refused.Commit.Id!.Value).ConfigureAwait(false));
            else
                refused.TryFail(refusal.ToException(refused.Commit));
        }
        catch (Exception error)
        {
            refused.TryFail(PostgresFaults.Translate(error));
        }
    }

    private async ValueTask WriteOneByOneAsync(List<PendingCommit> members)
    {
        foreach (var member in members)
            await WriteAsync([member]).ConfigureAwait(false);
    }

    private async ValueTask FailAsync(List<PendingCommit> members, Exception error)
    {
        foreach (var member in members)
        {
            member.TryFail(error is CommitOutcomeUnknownException unknown
                ? new CommitOutcomeUnknownException(PostgresFaults.Store, member.Commit.Id, unknown.InnerException)
                : await context.ExplainAsync(error, member.Commit).ConfigureAwait(false));
        }
    }

    /// <summary>Writes a batch; if the connection is lost meanwhile, finds out what became of it, and writes it again if that was nothing.</summary>
    private async ValueTask<BatchAnswer> WriteSettledAsync(IReadOnlyList<Commit> commits, Manner manner)
    {
        for (var attempt = 1; ; attempt++)
        {
            var batch = Guid.CreateVersion7();
            await OpenAsync().ConfigureAwait(false);
            var commands = _plan.Fill(commits, batch, manner);
            try
            {
                return await BatchExecution.RunAsync(_batch!, commands, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception error) when (PostgresFaults.IsFault(error) && !PostgresFaults.IsAnswer(error))
            {
                await CloseAsync().ConfigureAwait(false);
                if (await context.SettleAsync(batch, commits, error).ConfigureAwait(false) is { } answer)
                    return answer;
                if (attempt == Tries)
                    throw;
            }
        }
    }

    private async ValueTask OpenAsync()
    {
        if (_connection is { State: System.Data.ConnectionState.Open })
            return;
        await CloseAsync().ConfigureAwait(false);
        _connection = await context.Database.OpenAsync(CancellationToken.None).ConfigureAwait(false);
        _batch = new(_connection);
        // A statement remembers what was prepared for it on the connection that is gone.
        _plan = context.NewPlan();
    }

    /// <summary>A connection whose statement failed on this side may be in the middle of a message.</summary>
    private ValueTask CloseUnlessAnswerAsync(Exception error) => PostgresFaults.IsAnswer(error) ? ValueTask.CompletedTask : CloseAsync();

    private async ValueTask CloseAsync()
    {
        if (_batch is not null)
            await _batch.DisposeAsync().ConfigureAwait(false);
        if (_connection is not null)
            await _connection.DisposeAsync().ConfigureAwait(false);
        _batch = null;
        _connection = null;
    }
}
