namespace Protean;

/// <summary>The store cannot be reached, or cannot work just now. Nothing of the call was done: it can be repeated when the cause is gone.</summary>
public sealed class StoreUnavailableException(string store, string problem, Exception? innerException = null)
    : ProteanException($"The {store} store cannot be used now: {problem}. Nothing was written; try again when the cause is gone.", innerException)
{
    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>
/// Whether a commit was taken could not be found out. A commit with an id can be repeated as it is: it happens once. Without one, look at what it
/// was to change before doing it again.
/// </summary>
public sealed class CommitOutcomeUnknownException(string store, Guid? commitId, Exception? innerException = null)
    : ProteanException($"Whether the {store} store has taken {(commitId is null ? "a commit" : $"commit {commitId}")} could not be found out: the connection was lost, and the store could not be asked again.", innerException)
{
    /// <summary>The id of the commit, if it has one.</summary>
    public Guid? CommitId { get; } = commitId;
}

/// <summary>The schema of a database is not one this version can work with, or cannot be made.</summary>
public sealed class StoreSchemaException(string store, string problem, Exception? innerException = null)
    : ProteanException($"The schema of the {store} store cannot be used: {problem}", innerException);
