using Npgsql;
using NpgsqlTypes;
using Protean.EventStore.Schema;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>
/// Finds out what became of a batch whose connection was lost. Holding the lock, it looks for what the batch would have written. What is not there
/// is given up: the batch's id is kept, so that a late original, which may still wait for the lock, fails on it.
/// </summary>
internal sealed class Settlement(PostgresDatabase database, TimeProvider time, TimeSpan limit, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private readonly string _sql = $"""
        with found as (select exists (select from {database.Schema}.messages where id = any($2)) or exists (select from {database.Schema}.batches where (id = $1 or id = any($2)) and not abandoned) as done),
             given_up as (insert into {database.Schema}.batches (id, head, abandoned) select $1, 0, true from found where not done on conflict (id) do nothing)
        select f.done, coalesce((select min(b.head) from {database.Schema}.batches b where (b.id = $1 or b.id = any($2)) and not b.abandoned), 0) from found f
        """;

    /// <returns>What the batch would have answered if it is done; nothing if it is not, and never will be.</returns>
    /// <exception cref="CommitOutcomeUnknownException">The database did not answer within the limit.</exception>
    public async ValueTask<BatchAnswer?> SettleAsync(Guid batch, IReadOnlyList<Commit> commits, Exception cause)
    {
        PostgresLog.OutcomeUnknown(logger, commits.Count, cause);
        using var deadline = new CancellationTokenSource(limit, time);
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                var answer = await AskAsync(batch, commits, deadline.Token).ConfigureAwait(false);
                PostgresLog.Settled(logger, answer is null ? "not written" : "written");
                return answer;
            }
            catch (Exception error) when (PostgresFaults.IsFault(error) || error is OperationCanceledException)
            {
                if (deadline.IsCancellationRequested)
                    throw GiveUp(commits, error);
            }

            try
            {
                await Task.Delay(pause, time, deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException error)
            {
                throw GiveUp(commits, error);
            }
        }
    }

    private CommitOutcomeUnknownException GiveUp(IReadOnlyList<Commit> commits, Exception error)
    {
        PostgresLog.NotSettled(logger, commits.Count, limit, error);
        return new(PostgresFaults.Store, commits.Count == 1 ? commits[0].Id : null, error);
    }

    private async ValueTask<BatchAnswer?> AskAsync(Guid batch, IReadOnlyList<Commit> commits, CancellationToken cancellationToken)
    {
        var first = FirstMessage(commits);
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var question = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new($"select pg_advisory_xact_lock({AdvisoryKey.ForAppends(database.Schema)})"),
                new(_sql)
                {
                    Parameters =
                    {
                        new NpgsqlParameter<Guid> { TypedValue = batch },
                        new NpgsqlParameter<Guid[]> { TypedValue = first is { } id ? [id] : [], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
                    },
                },
            },
        };
        bool done;
        long head;
        await using (var reader = await question.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            done = reader.GetBoolean(0);
            head = reader.GetInt64(1);
            // Reads to the end of the transaction, without which nothing is given up.
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        }

        if (!done)
            return null;
        return first is null ? new BatchAnswer(head, []) : await ReadAnswerAsync(connection, commits, head, cancellationToken).ConfigureAwait(false);
    }

    private static Guid? FirstMessage(IReadOnlyList<Commit> commits)
    {
        for (var i = 0; i < commits.Count; i++)
        {
            if (commits[i].Appends.Count > 0)
                return commits[i].Appends[0].Messages[0].Id;
        }

        return null;
    }

    private async ValueTask<BatchAnswer> ReadAnswerAsync(NpgsqlConnection connection, IReadOnlyList<Commit> commits, long head, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select global_position, position from {database.Schema}.messages where id = any($1)", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid[]>
        {
            TypedValue = [.. commits.SelectMany(static commit => commit.Appends).SelectMany(static append => append.Messages).Select(static message => message.Id)],
        });
        var appended = new List<(long Global, long Stream)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            appended.Add((reader.GetInt64(0), reader.GetInt64(1)));
        // Messages can have been truncated since; what is kept of them is the head before.
        return new(appended.Count == 0 ? head : appended.Min(static message => message.Global) - 1, appended);
    }
}
