using Microsoft.Extensions.Logging;

namespace Protean.Engine;

/// <summary>
/// What the engine logs, and counts where it is worth counting: both in one place, so that they agree. Event ids are stable; payloads are never logged.
/// </summary>
internal sealed partial class EngineLog(ILogger logger)
{
    [LoggerMessage(2000, LogLevel.Information, "The engine of domain {Domain} runs as node {Node} with {Subscriptions} subscriptions on the {Store} store")]
    public partial void Started(string domain, string node, int subscriptions, string store);

    [LoggerMessage(2001, LogLevel.Warning, "The engine of domain {Domain} has nothing to deliver to: no event handler, projection or command handler is declared for it")]
    public partial void NothingToDo(string domain);

    [LoggerMessage(2002, LogLevel.Information, "The engine of node {Node} has stopped")]
    public partial void Stopped(string node);

    [LoggerMessage(2003, LogLevel.Warning, "{What} cannot work with the store; it is tried again in {Seconds} s")]
    private partial void LogStoreFailed(Exception error, string what, int seconds);

    public void StoreFailed(Exception error, string what, int seconds)
    {
        Telemetry.StoreFailures.Add(1);
        LogStoreFailed(error, what, seconds);
    }

    [LoggerMessage(2004, LogLevel.Information, "{What} works with the store again, after {Failures} failures")]
    public partial void StoreIsBack(string what, int failures);

    [LoggerMessage(2005, LogLevel.Information, "{Handler}, partition {Partition}, goes on after position {Position} (epoch {Epoch})")]
    public partial void PartitionStarted(string handler, int partition, long position, long epoch);

    [LoggerMessage(2006, LogLevel.Information, "{Handler} is new and begins with {Start}: up to {Positions} positions of the log lie before its end")]
    public partial void SubscriptionIsNew(string handler, string start, long positions);

    [LoggerMessage(2007, LogLevel.Information, "{Handler}, partition {Partition}, was given to another node")]
    public partial void PartitionLost(string handler, int partition);

    [LoggerMessage(2008, LogLevel.Error, "{Handler}, partition {Partition}, has stopped on {MessageType} {MessageId} at position {Position}, as its failure policy says: mend the cause and resume it")]
    private partial void LogPartitionHalted(string handler, int partition, string messageType, Guid messageId, long position);

    public void PartitionHalted(string handler, int partition, string messageType, Guid messageId, long position)
    {
        Telemetry.Halted.Add(1, Telemetry.Of(handler));
        LogPartitionHalted(handler, partition, messageType, messageId, position);
    }

    [LoggerMessage(2009, LogLevel.Error, "{Handler}, partition {Partition}, ended with an error that should not happen; it begins again at the next look at the partitions")]
    public partial void PartitionBroken(Exception error, string handler, int partition);

    [LoggerMessage(2010, LogLevel.Error, "{Handler} cannot read {MessageType} {MessageId} at position {Position}")]
    public partial void Unreadable(Exception error, string handler, string messageType, Guid messageId, long position);

    [LoggerMessage(2011, LogLevel.Warning, "{Handler}, partition {Partition}: a commit shared by {Messages} messages was refused; they are handled again one by one: {Reason}")]
    public partial void SharedCommitRefused(string handler, int partition, int messages, string reason);

    [LoggerMessage(2012, LogLevel.Error, "{Handler}.{Method} is tried no more on {MessageType} {MessageId} after {Retries} retries: it is kept as a dead letter")]
    private partial void LogDied(string handler, string method, string messageType, Guid messageId, int retries);

    public void Died(string handler, string method, string messageType, Guid messageId, int retries)
    {
        Telemetry.Dead.Add(1, Telemetry.Of(handler));
        LogDied(handler, method, messageType, messageId, retries);
    }

    [LoggerMessage(2041, LogLevel.Error, "{Handler}.{Method} is tried no more on {MessageType} {MessageId} after {Retries} retries: it is passed over, since no dead letters are kept")]
    private partial void LogDropped(string handler, string method, string messageType, Guid messageId, int retries);

    public void Dropped(string handler, string method, string messageType, Guid messageId, int retries)
    {
        Telemetry.Dead.Add(1, Telemetry.Of(handler));
        LogDropped(handler, method, messageType, messageId, retries);
    }

    [LoggerMessage(2013, LogLevel.Information, "{Handler}.{Method} has succeeded on {MessageType} {MessageId} after {Retries} retries")]
    private partial void LogRecovered(string handler, string method, string messageType, Guid messageId, int retries);

    public void Recovered(string handler, string method, string messageType, Guid messageId, int retries)
    {
        Telemetry.Recovered.Add(1, Telemetry.Of(handler));
        LogRecovered(handler, method, messageType, messageId, retries);
    }

    [LoggerMessage(2014, LogLevel.Warning, "{Handler}, partition {Partition}, has failed {Failures} times in a row and pauses for {Seconds} s")]
    public partial void BreakerOpened(string handler, int partition, int failures, double seconds);

    [LoggerMessage(2015, LogLevel.Error, "The effects of {Handler}.{Method} on {MessageType} {MessageId} were refused")]
    public partial void EffectsRefused(Exception error, string handler, string method, string messageType, Guid messageId);

    [LoggerMessage(2016, LogLevel.Warning, "{Handler} passes over {MessageType} {MessageId}: the failed message itself is gone from the log")]
    public partial void FailedMessageGone(string handler, string messageType, Guid messageId);

    [LoggerMessage(2017, LogLevel.Information, "Node {Node} takes {Partitions} partitions and gives {Released} back")]
    public partial void Balanced(string node, int partitions, int released);

    [LoggerMessage(2018, LogLevel.Error, "Inline handlers failed on what {Handler} has raised and committed; each failure was logged as it happened")]
    public partial void InlineHandlersFailed(Exception error, string handler);

    [LoggerMessage(2019, LogLevel.Warning, "{Handler}, partition {Partition}, did not finish within the drain limit; what it had not committed is done again by whoever goes on")]
    public partial void DrainLimitReached(string handler, int partition);

    [LoggerMessage(2020, LogLevel.Warning, "Node {Node} could not give everything back: others go on when its lease time is over")]
    public partial void NotSignedOff(Exception error, string node);

    [LoggerMessage(2021, LogLevel.Information, "{Handler} has taken over the progress of {Former}")]
    public partial void NameTakenOver(string handler, string former);

    [LoggerMessage(2040, LogLevel.Warning, "{Handler} stays idle on this node: another program has renamed it, and its progress has gone to {NewName}. To take it back, name that one with FormerlyNamed; if this is another handler, give it another name")]
    public partial void IdleUnderOldName(string handler, string newName);

    [LoggerMessage(2030, LogLevel.Information, "{Projection} is being rebuilt")]
    public partial void RebuildBegun(string projection);

    [LoggerMessage(2037, LogLevel.Error, "{Handler} could not be cut into other partitions; those there were go on wherever a program knows them, and it is tried again at the next start, or in a minute if none does")]
    public partial void NotRepartitioned(Exception error, string handler);

    [LoggerMessage(2036, LogLevel.Information, "{Projection} is built anew in version {Version}, beside the documents there are")]
    public partial void UpgradeBegun(string projection, int version);

    [LoggerMessage(2031, LogLevel.Information, "The rebuild of {Projection} has handled {Handled} events, up to position {Position} of {Head}")]
    public partial void RebuildGoesOn(string projection, long handled, long position, long head);

    [LoggerMessage(2032, LogLevel.Information, "{Projection} is rebuilt from {Handled} events up to position {Position}, in {Seconds} s, and readers see the new copy")]
    public partial void RebuildDone(string projection, long handled, long position, double seconds);

    [LoggerMessage(2033, LogLevel.Error, "{Projection} was not rebuilt; readers see the copy there was")]
    public partial void RebuildFailed(Exception error, string projection);

    [LoggerMessage(2034, LogLevel.Warning, "What the rebuild of {Projection} has left could not be removed; the next rebuild does it")]
    public partial void RebuildLeft(Exception error, string projection);

    [LoggerMessage(2035, LogLevel.Information, "{Handler} is cut into {Partitions} partitions by {Cut} in place of {PartitionsBefore} by {CutBefore}, all at position {Position}")]
    public partial void Repartitioned(string handler, int partitions, string cut, int partitionsBefore, string? cutBefore, long position);

    [LoggerMessage(2022, LogLevel.Debug, "{Handler} keeps {MessageType} {MessageId} back: it waits behind a failure of {Key}")]
    private partial void LogParked(string handler, string messageType, Guid messageId, string key);

    public void Parked(string handler, string messageType, Guid messageId, string key)
    {
        Telemetry.Parked.Add(1, Telemetry.Of(handler));
        LogParked(handler, messageType, messageId, key);
    }

    [LoggerMessage(2023, LogLevel.Error, "Something of the engine of node {Node} had ended with an error that should not happen; it is stopped all the same")]
    public partial void EndedBadly(Exception error, string node);

    [LoggerMessage(2042, LogLevel.Warning, "{What} cannot work with the broker; it is tried again in {Seconds} s")]
    private partial void LogBrokerFailed(Exception error, string what, int seconds);

    public void BrokerFailed(Exception error, string what, int seconds)
    {
        Telemetry.BrokerFailures.Add(1);
        LogBrokerFailed(error, what, seconds);
    }

    [LoggerMessage(2043, LogLevel.Information, "{What} works with the broker again, after {Failures} failures")]
    public partial void BrokerIsBack(string what, int failures);

    [LoggerMessage(2044, LogLevel.Error, "The notification {MessageType} {MessageId} could not be published")]
    public partial void NotPublished(Exception error, string messageType, Guid messageId);

    [LoggerMessage(2045, LogLevel.Warning, "The broker does not take message {MessageId} for {Handler}, which reads it from the store: {Reason}")]
    public partial void NotStreamed(string handler, string messageId, string reason);

    [LoggerMessage(2046, LogLevel.Error, "What the broker has brought to {Handler} as '{MessageId}' is no message of this engine; it goes to the dead letters of the group {Group}")]
    public partial void NotOfAStream(Exception error, string handler, string messageId, string group);

    [LoggerMessage(2047, LogLevel.Warning, "{Handler}, partition {Partition}, reads from the store what comes after position {Position}: the broker has not brought it")]
    public partial void NotBrought(string handler, int partition, long position);

    [LoggerMessage(2048, LogLevel.Information, "{Handler}, partition {Partition}, gets its messages from the broker")]
    public partial void Brought(string handler, int partition);

    [LoggerMessage(2049, LogLevel.Error, "Subscriber {Subscriber} cannot receive; it is tried again in {Seconds} s, and nothing is lost")]
    public partial void ReceiverBroken(Exception error, string subscriber, int seconds);

    [LoggerMessage(2050, LogLevel.Error, "The broker has brought {Handler}, partition {Partition}, a message {MessageId} at position {Position} that is not the one in the log there; it goes to the dead letters of the group. Do several logs share one broker?")]
    public partial void OfAnotherLog(string handler, int partition, Guid messageId, long position);

    [LoggerMessage(2024, LogLevel.Information, "The engine of node {Node} begins nothing more: what runs has {Seconds} s to finish")]
    public partial void Stopping(string node, double seconds);
}
