using System.Data.Common;
using System.Runtime.CompilerServices;
using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Writing;

/// <summary>Runs the user's own SQL within a commit.</summary>
internal static class UserWork
{
    private static readonly AsyncLocal<Scope?> Current = new();
    private static readonly ConditionalWeakTable<Commit, ExecutionContext> Callers = [];

    /// <summary>Whether the caller is such work, and so would wait for itself if it wrote through the store.</summary>
    public static bool IsRunning => Current.Value is { IsOver: false };

    /// <summary>Keeps what flows with the caller of a commit: its work may run on the thread of another.</summary>
    public static void Remember(Commit commit)
    {
        if (commit.UserWork.Count > 0 && ExecutionContext.Capture() is { } caller)
            Callers.AddOrUpdate(commit, caller);
    }

    /// <summary>Runs the work of a commit in the context of its caller.</summary>
    public static Task RunAsync(WriteTransaction transaction, Commit commit)
    {
        if (!Callers.TryGetValue(commit, out var caller))
            return RunAsync(transaction, commit.UserWork);
        var running = Task.CompletedTask;
        ExecutionContext.Run(caller, _ => running = RunAsync(transaction, commit.UserWork), null);
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
            throw new InvalidOperationException("The work given to OnCommit has ended the transaction it runs in. Leave committing and rolling back to the unit of work: an exception takes everything back.");
    }

    private sealed class Scope
    {
        public volatile bool IsOver;
    }
}
