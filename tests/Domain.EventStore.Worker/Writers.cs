using System.Data.Common;
using Protean.EventStore.Conformance;
using Protean.Storage;

namespace Protean.EventStore.Worker;

/// <summary>What one commit of a writer is like.</summary>
public enum WriteKind
{
    /// <summary>One message.</summary>
    Plain,

    /// <summary>Many messages.</summary>
    Large,

    /// <summary>Holds its transaction open for a while before it is written.</summary>
    Slow,

    /// <summary>Is at the wrong version, and refused.</summary>
    Conflicting,

    /// <summary>Gives up in the midst of its transaction.</summary>
    RolledBack,

    /// <summary>Writes a checkpoint and no message.</summary>
    Silent,
}

/// <summary>Writes commits of many kinds, from several tasks at once, and remembers the messages of those that were taken.</summary>
public static class Writers
{
    private const int Large = 60;

    /// <param name="store">Where to.</param>
    /// <param name="name">Sets the streams of these writers apart from those of others.</param>
    /// <param name="kinds">For each writer the commits that it makes, one after the other.</param>
    /// <returns>The ids of what was written.</returns>
    public static async Task<IReadOnlyList<Guid>> RunAsync(IEventStore store, string name, IReadOnlyList<IReadOnlyList<WriteKind>> kinds) =>
        [.. (await Task.WhenAll(kinds.Select((own, n) => Task.Run(() => WriteAsync(store, $"{name}x{n}", own))))).SelectMany(static ids => ids)];

    private static async Task<List<Guid>> WriteAsync(IEventStore store, string name, IReadOnlyList<WriteKind> kinds)
    {
        var written = new List<Guid>();
        var step = 0;
        foreach (var kind in kinds)
        {
            var messages = Sample.Messages(kind == WriteKind.Large ? Large : 1);
            try
            {
                // Each has its stream for itself, and says every other time which version it is at.
                var version = kind == WriteKind.Conflicting ? 1_000_000 : step % 2 == 0 ? written.Count - 1 : ExpectedVersion.Any;
                await store.CommitAsync(Commit(kind, Sample.StreamOf(name), version, messages, new($"{name}-{step++}")));
                if (kind != WriteKind.Silent)
                    written.AddRange(messages.Select(static message => message.Id));
            }
            catch (Exception error) when (error is ConcurrencyException or OperationCanceledException && kind is WriteKind.Conflicting or WriteKind.RolledBack)
            {
                // As it should be.
            }
        }

        return written;
    }

    private static Commit Commit(WriteKind kind, StreamName stream, long version, NewMessage[] messages, CheckpointKey checkpoint) => kind switch
    {
        WriteKind.Silent => new() { Checkpoints = [new(checkpoint, 0, 1, 0)] },
        _ => new()
        {
            Appends = [new(stream, version, messages)],
            UserWork = kind switch
            {
                WriteKind.Slow => [static (connection, transaction, _) => SleepAsync(connection, transaction)],
                WriteKind.RolledBack => [static (_, _, _) => throw new OperationCanceledException()],
                _ => [],
            },
        },
    };

    private static async Task SleepAsync(DbConnection connection, DbTransaction transaction)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "select pg_sleep(random() * 0.02)";
        await command.ExecuteNonQueryAsync();
    }
}
