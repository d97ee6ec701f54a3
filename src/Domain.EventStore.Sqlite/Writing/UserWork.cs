using System.Data.Common;
using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;
using Protean.Storage.Batching;

namespace Protean.EventStore.Sqlite.Writing;

/// <summary>Runs the user's own SQL within a commit.</summary>
internal static class UserWork
{
    private static readonly AsyncLocal<Scope?> Current = new();

    /// <summary>Whether the caller is such work, and so would wait for itself if it wrote through the store.</summary>
    public static bool IsRunning => Current.Value is { IsOver: false };

    /// <summary>Runs the work of a commit in the context of its caller.</summary>
    public static Task RunAsync(WriteTransaction transaction, PendingCommit pending)
    {
        if (pending.Caller is not { } caller)
            return RunAsync(transaction, pending.Commit.UserWork);
        var running = Task.CompletedTask;
        ExecutionContext.Run(caller, _ => running = RunAsync(transaction, pending.Commit.UserWork), null);
        return running;
    }

    private static async Task RunAsync(WriteTransaction transaction, IReadOnlyList<Func<DbConnection, DbTransaction, CancellationToken, Task>> work)
    {
        var scope = new Scope();
        Current.Value = scope;
        try
        {
            // The commit is on its way, so the caller's cancellation no longer counts.
            foreach (var run in work)
                await run(transaction.Database.Connection, transaction.ForUser!, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            scope.IsOver = true;
            Current.Value = null;
        }

        if (!transaction.Database.InTransaction || transaction.ForUser!.Connection is null)
            throw CommitValidation.TransactionEnded();
    }

    private sealed class Scope
    {
        public volatile bool IsOver;
    }
}
