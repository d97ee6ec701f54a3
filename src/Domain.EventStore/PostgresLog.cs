namespace Protean.EventStore;

/// <summary>What the store logs. Event ids stay what they are.</summary>
internal static partial class PostgresLog
{
    [LoggerMessage(2000, LogLevel.Information, "Schema '{Schema}' was brought to version {Version}.")]
    public static partial void SchemaChanged(ILogger logger, string schema, int version);

    [LoggerMessage(2001, LogLevel.Warning, "The connection was lost while a batch of {Commits} commits was written; finding out what became of it.")]
    public static partial void OutcomeUnknown(ILogger logger, int commits, Exception error);

    [LoggerMessage(2002, LogLevel.Information, "The batch whose connection was lost was {Outcome}.")]
    public static partial void Settled(ILogger logger, string outcome);

    [LoggerMessage(2003, LogLevel.Error, "What became of a batch of {Commits} commits could not be found out within {Limit}.")]
    public static partial void NotSettled(ILogger logger, int commits, TimeSpan limit, Exception error);

    [LoggerMessage(2004, LogLevel.Warning, "The connection that listens for commits of other processes was lost; polling until it is replaced.")]
    public static partial void ListenerLost(ILogger logger, Exception error);

    [LoggerMessage(2005, LogLevel.Information, "Listening for commits of other processes.")]
    public static partial void Listening(ILogger logger);

    [LoggerMessage(2006, LogLevel.Warning, "Other processes could not be notified of a commit; they will find it by polling.")]
    public static partial void NotNotified(ILogger logger, Exception error);

    [LoggerMessage(2007, LogLevel.Warning, "Clearing out what is no longer needed failed; it will be tried again.")]
    public static partial void SweepFailed(ILogger logger, Exception error);

    [LoggerMessage(2008, LogLevel.Warning, "The head of the log could not be read; those who wait for it to grow hear of it when it can be.")]
    public static partial void HeadNotRead(ILogger logger, Exception error);

    [LoggerMessage(2009, LogLevel.Warning, "The index '{Index}' could not be built, and what there is of it could not be removed; that is done when the store is initialized again.")]
    public static partial void IndexNotRemoved(ILogger logger, string index, Exception error);
}
