using Protean.Storage;

namespace Protean.Engine;

/// <summary>Says what it means that the store has not taken what a partition has gathered.</summary>
internal static class Refusal
{
    /// <summary>Whether it was refused for what was to be written, and not for who writes it or because the store is away.</summary>
    public static bool IsOfEffects(PartitionCommitException error) =>
        error.InnerException is not (CheckpointLostException or OperationCanceledException or StoreUnavailableException or CommitOutcomeUnknownException);

    /// <summary>Whether the command was handled before, by somebody whose outcome nobody knew.</summary>
    public static bool IsHandledAlready(Exception refusal) => refusal is DuplicateKeyException { Scope: IdempotencyKeys.OutcomeScope };

    /// <summary>Whether no message is to blame: nobody knows the outcome, the store was away, or a method was marked as done by somebody else meanwhile.</summary>
    public static bool IsNobodysFault(Exception refusal, Subscription subscription) =>
        refusal is StoreUnavailableException or CommitOutcomeUnknownException || (refusal is DuplicateKeyException taken && subscription.Names.Contains(taken.Scope));

    /// <summary>Whether doing the same again on fresh state may help.</summary>
    public static bool CanRetry(Exception refusal) => refusal is ProteanException error && Conflicts.CanRetry(error);

    /// <summary>Whether somebody else has changed a failure record, or may have: what was done for it is void.</summary>
    public static bool IsOf(FailureRecord record, Exception refusal) =>
        refusal is CommitOutcomeUnknownException || (refusal is ConcurrencyException conflict && conflict.Subject == Conflict.Subject(record.Key));
}
