using Protean.Storage;

namespace Protean.EventStore.Tests.Writing;

/// <summary>Commits that wait behind one that cannot go on, so that they stand in one batch when it can.</summary>
internal static class QueuedCommits
{
    public static Task<CommitResult>[] Enqueue(this IEventStore store, params IEnumerable<Commit> commits) => [.. commits.Select(commit => store.CommitAsync(commit).AsTask())];

    /// <summary>What each has come to: nothing, or its error.</summary>
    public static async Task<Exception?[]> ErrorsAsync(this IReadOnlyList<Task<CommitResult>> commits)
    {
        await Task.WhenAll(commits).ContinueWith(static _ => { }, TaskScheduler.Default);
        return [.. commits.Select(static commit => commit.Exception?.InnerException)];
    }
}
