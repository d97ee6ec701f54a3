using Npgsql;
using NpgsqlTypes;
using Protean.EventStore.Schema;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>
/// Finds out what became of a batch whose connection was lost. Holding the lock, it looks for the row that the batch would have written, or for all of its
/// messages if it is nothing else. What is not there is given up: the batch's id is kept, so that a late original, which may still wait for the lock, fails on it.
/// </summary>
internal sealed class Settlement(PostgresDatabase database, TimeProvider time, TimeSpan limit, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Takes the batch's id, the ids and streams of its messages, and whether these tell that it was written. Numbers can have stayed unused before
    /// it, so where it began is asked of its first message, and of the head only if it has none.
    /// </summary>
    private readonly string _sql = $"""
        with found as (select exists (select from {database.Schema}.batches where id = $1 and not abandoned)
                 or $4 and not exists (select from unnest($2, $3) u (id, stream)
                                       where not exists (select from {database.Schema}.messages m where m.id = u.id and m.stream = u.stream)
                                         and not exists (select from {database.Schema}.batches b where b.id = u.id and not b.abandoned)) as done),
             given_up as (insert into {database.Schema}.batches (id, head, abandoned) select $1, 0, true from found where not done on conflict (id) do nothing)
        select f.done, coalesce((select m.global_position - 1 from {database.Schema}.messages m where m.id = ($2)[1]),
                                (select b.head from {database.Schema}.batches b where b.id = ($2)[1] and not b.abandoned),
                                (select b.head from {database.Schema}.batches b where b.id = $1 and not b.abandoned), 0) from found f
        """;

    /// <returns>What the batch would have answered if it is done; nothing if it is not, and never will be.</returns>
    /// <exception cref="CommitOutcomeUnknownException">The database did not answer within the limit.</exception>
    public async ValueTask<BatchAnswer?> SettleAsync(Guid batch, IReadOnlyList<Commit> commits, Exception cause)
    {
        PostgresLog.OutcomeUnknown(logger, commits.Count, cause);
        using var deadline = new CancellationTokenSource(limit, time);
        using var shielded = new ShieldedToken(deadline.Token);
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                var answer = await AskAsync(batch, commits, shielded.Token).ConfigureAwait(false);
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
        var messages = Messages(commits);
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var question = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(AdvisoryKey.TakeForAppends(database.Schema)),
                new(_sql)
                {
                    Parameters =
                    {
                        new NpgsqlParameter<Guid> { TypedValue = batch },
                        new NpgsqlParameter<Guid[]> { TypedValue = messages, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
                        new NpgsqlParameter<string[]> { TypedValue = Streams(commits), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                        new NpgsqlParameter<bool> { TypedValue = BatchPlan.IsToldByItsMessages(commits) },
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
        return new BatchAnswer(head, messages.Length == 0 ? [] : await ReadPositionsAsync(connection, messages, cancellationToken).ConfigureAwait(false));
    }

    private static Guid[] Messages(IReadOnlyList<Commit> commits) =>
        [.. commits.SelectMany(static commit => commit.Appends).SelectMany(static append => append.Messages).Select(static message => message.Id)];

    /// <summary>The stream of each message: an id that was made from something else can stand in another stream, written by somebody else.</summary>
    private static string[] Streams(IReadOnlyList<Commit> commits) =>
        [.. commits.SelectMany(static commit => commit.Appends).SelectMany(static append => Enumerable.Repeat(append.Stream.Value, append.Messages.Count))];

    /// <summary>Messages can have been truncated since; they are left out.</summary>
    private async ValueTask<List<(long Global, long Stream)>> ReadPositionsAsync(NpgsqlConnection connection, Guid[] messages, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select global_position, position from {database.Schema}.messages where id = any($1)", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = messages });
        var positions = new List<(long Global, long Stream)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            positions.Add((reader.GetInt64(0), reader.GetInt64(1)));
        return positions;
    }
}
