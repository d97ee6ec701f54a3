using Microsoft.Extensions.Logging;

namespace Protean;

/// <summary>What the domain logs. Event ids are stable; payloads are never logged.</summary>
internal sealed partial class DomainLog(ILogger logger)
{
    [LoggerMessage(1000, LogLevel.Information, "Domain {Domain} started on the {Store} store with {Aggregates} aggregates and {Handlers} event handlers")]
    public partial void DomainStarted(string domain, string store, int aggregates, int handlers);

    [LoggerMessage(1001, LogLevel.Information, "{Handler} is run again on {MessageType} {MessageId} (repetition {Repetition}): {Conflict}")]
    public partial void RetryingAfterConflict(string handler, string messageType, Guid messageId, int repetition, string conflict);

    // The category is for those who filter; the text has said enough without it.
#pragma warning disable SYSLIB1015
    [LoggerMessage(1002, LogLevel.Error, "{Handler}.{Method} failed on {MessageType} {MessageId}")]
    public partial void HandlerFailed(Exception error, string handler, string method, string messageType, Guid messageId, EventCategory? eventCategory = null);
#pragma warning restore SYSLIB1015

    [LoggerMessage(1003, LogLevel.Error, "The error handler of {Handler} failed on {MessageType} {MessageId}")]
    public partial void ErrorHandlerFailed(Exception error, string handler, string messageType, Guid messageId);

    [LoggerMessage(1004, LogLevel.Warning, "{Command} {MessageId} was past its deadline {Deadline} and was not begun")]
    public partial void CommandExpired(string command, Guid messageId, DateTimeOffset deadline);

    [LoggerMessage(1006, LogLevel.Error, "{MessageType} {MessageId} was not handled inline: it follows from too many events in a row")]
    public partial void EventDepthExceeded(Exception error, string messageType, Guid messageId);

    [LoggerMessage(1005, LogLevel.Warning, "Message {MessageId} of type {MessageType} was skipped: no domain here knows the type")]
    public partial void UnknownTypeSkipped(Guid messageId, string messageType);

    [LoggerMessage(1007, LogLevel.Warning, "Inline handlers failed after a delivery that is committed; each failure was logged as it happened")]
    public partial void InlineHandlersFailed(Exception error);

    [LoggerMessage(1008, LogLevel.Warning, "Nothing in this process delivers to {Handlers}: they wait for an engine. Add one, or declare them Inline()")]
    public partial void NothingDelivers(string handlers);

    [LoggerMessage(1009, LogLevel.Warning, "A unit of work was given up with uncommitted changes: call CommitAsync before it is disposed")]
    public partial void UnitGivenUp();

    [LoggerMessage(1010, LogLevel.Warning, "{EventType} was published for {Category}, but no handler there runs in process for it: declare one Inline() or InSameCommit() for that category, and a derived event with domain.Event<T>(). This is said once")]
    public partial void PublishedUnheard(string eventType, string category);

    [LoggerMessage(1011, LogLevel.Warning, "{Handler} failed on {MessageType}, and its fallback stands in")]
    public partial void FellBack(Exception error, string handler, string messageType);

    [LoggerMessage(1012, LogLevel.Warning, "{Handler} is not called for {MessageType} for {BreakDuration}: too many of its calls have failed")]
    public partial void CircuitOpened(Exception? error, string handler, string messageType, TimeSpan breakDuration);

    [LoggerMessage(1013, LogLevel.Information, "{Handler} is called for {MessageType} again")]
    public partial void CircuitClosed(string handler, string messageType);

    [LoggerMessage(1014, LogLevel.Error, "Subscriber {Subscriber} cannot keep the message '{MessageId}' of the topic {Topic}; it goes to the dead letters of the group {Group} at the broker")]
    public partial void Rejected(Exception error, string subscriber, string messageId, string topic, string group);

    [LoggerMessage(1015, LogLevel.Information, "Subscriber {Subscriber} passes over messages of the type '{ForeignType}' of the topic {Topic}: nothing says what they are here. This is said once for each type")]
    public partial void PassedOver(string subscriber, string foreignType, string topic);

    [LoggerMessage(1100, LogLevel.Error, "{Subscriber} failed on {EventType} ({EventCategory}) of the event bus")]
    public partial void SubscriberFailed(Exception error, string subscriber, string eventType, EventCategory eventCategory);

    [LoggerMessage(1101, LogLevel.Warning, "{EventType} ({EventCategory}) was published after the event bus had stopped, and reaches nobody")]
    public partial void PublishedAfterStop(string eventType, EventCategory eventCategory);

    [LoggerMessage(1102, LogLevel.Warning, "The event bus did not finish within {Limit}: {Dropped} events in queues were dropped, and {Cancelled} that were being handled are cancelled")]
    public partial void BusGaveUp(TimeSpan limit, long dropped, long cancelled);

    [LoggerMessage(1103, LogLevel.Warning, "{Subscriber} failed on {EventType} ({EventCategory}) after it had run out of time for it")]
    public partial void LateSubscriberFailed(Exception error, string subscriber, string eventType, EventCategory eventCategory);

    [LoggerMessage(1104, LogLevel.Error, "{EventType} could not be published on the event bus; the unit of work that published it is committed")]
    public partial void PublishingFailed(Exception error, string eventType);
}
