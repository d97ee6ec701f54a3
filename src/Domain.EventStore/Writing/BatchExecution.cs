using Npgsql;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>What a batch that was written has told.</summary>
internal readonly struct BatchAnswer(long headBefore, IReadOnlyList<(long Global, long Stream)> appended)
{
    /// <summary>Hands out the results to the commits of the batch, in their order.</summary>
    public CommitResult[] Results(IReadOnlyList<Commit> commits)
    {
        var positions = new Dictionary<long, long>(appended.Count);
        foreach (var (global, stream) in appended)
            positions[global] = stream;

        var results = new CommitResult[commits.Count];
        var head = headBefore;
        for (var i = 0; i < results.Length; i++)
        {
            var before = head;
            var appends = commits[i].Appends;
            var streamPositions = appends.Count == 0 ? [] : new long[appends.Count];
            for (var a = 0; a < appends.Count; a++)
            {
                streamPositions[a] = positions.TryGetValue(head + 1, out var position) ? position : appends[a].ExpectedVersion + 1;
                head += appends[a].Messages.Count;
            }

            results[i] = new(before, appends.Count == 0 ? 0 : before + 1, head, streamPositions);
        }

        return results;
    }
}

/// <summary>Sends the statements of a batch and reads the answers.</summary>
internal static class BatchExecution
{
    public static async ValueTask<BatchAnswer> RunAsync(NpgsqlBatch batch, BatchCommands commands, CancellationToken cancellationToken)
    {
        batch.BatchCommands.Clear();
        foreach (var (command, _) in commands.All)
            batch.BatchCommands.Add(command);

        var appended = new List<(long Global, long Stream)>();
        var head = 0L;
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        foreach (var (_, answer) in commands.All)
        {
            if (answer == Answer.None)
                continue;
            if (answer != Answer.Ignored)
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (answer == Answer.Head)
                        head = reader.GetInt64(0);
                    else
                        appended.Add((reader.GetInt64(0), reader.GetInt64(1)));
                }
            }

            // The last call reads to the end of the transaction, where an error can still come.
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        }

        return new(appended.Count == 0 ? head : appended.Min(static message => message.Global) - 1, appended);
    }
}
