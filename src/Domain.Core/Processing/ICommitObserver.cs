using Protean.Storage;

namespace Protean;

/// <summary>Follows the commits of a domain in this process.</summary>
internal interface ICommitObserver
{
    /// <summary>A commit is on its way.</summary>
    void Began();

    /// <summary>A commit that was on its way has an outcome, which is told before whoever made it goes on.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="result">What it has become; nothing if it failed, or nobody knows.</param>
    void Ended(Commit commit, CommitResult? result);
}
