using Protean.Storage;

namespace Protean.Engine;

/// <summary>Writes down what has failed, and what becomes of it.</summary>
internal static class FailureRecords
{
    private const int LongestDetail = 16_000;
    private const int MostAttempts = 20;

    /// <summary>A delivery that has failed. If it is nobody's fault, it is not at its end even where nothing is to be tried again.</summary>
    public static FailureRecord New(Subscription subscription, string method, int partition, StoredMessage message, string? parkKey, DateTimeOffset now, Exception error)
    {
        var isDead = subscription.Settings.MaxRetries == 0 && (subscription is CommandSubscription || !IsNobodysFault(error));
        return Parked(subscription, method, partition, message, parkKey, now) with
        {
            Status = isDead ? FailureStatus.Dead : FailureStatus.Retrying,
            NextAttemptAt = isDead ? null : now + Delay(subscription.Settings.RetryDelay, 0),
            Attempts = [Attempt(error, now)],
        };
    }

    /// <summary>A delivery that waits behind a failure.</summary>
    public static FailureRecord Parked(Subscription subscription, string method, int partition, StoredMessage message, string? parkKey, DateTimeOffset now) => new()
    {
        Key = new(subscription.Name, method, message.GlobalPosition),
        Partition = partition,
        MessageId = message.Id,
        MessageType = message.Type,
        Stream = message.Stream.Value,
        StreamPosition = message.Position,
        Status = FailureStatus.Parked,
        ParkKey = parkKey,
        FailedAt = now,
        UpdatedAt = now,
    };

    /// <summary>The record after another try has failed. A conflict is nobody's fault, and does not count towards the end.</summary>
    public static FailureRecord Failed(FailureRecord record, Exception error, bool isCommand, DateTimeOffset now, DeliverySettings settings)
    {
        var counts = isCommand || !IsNobodysFault(error);
        var retries = record.Status == FailureStatus.Parked ? 0 : record.Retries + (counts ? 1 : 0);
        var isDead = counts && retries >= settings.MaxRetries;
        return record with
        {
            Status = isDead ? FailureStatus.Dead : FailureStatus.Retrying,
            Retries = retries,
            NextAttemptAt = isDead ? null : now + Delay(settings.RetryDelay, retries),
            UpdatedAt = now,
            Attempts = [.. record.Attempts.TakeLast(MostAttempts - 1), Attempt(error, now)],
        };
    }

    private static bool IsNobodysFault(Exception error) => error is ProteanException conflict && Conflicts.CanRetry(conflict);

    private static FailureAttempt Attempt(Exception error, DateTimeOffset now) =>
        new(now, error.GetType().FullName ?? error.GetType().Name, Storable(error.Message), Storable(error.ToString()));

    /// <summary>No store is to refuse a failure for what somebody has written into an exception.</summary>
    private static string Storable(string text) => (text.Length <= LongestDetail ? text : text[..LongestDetail]).Replace('\0', '\uFFFD');

    /// <summary>Twice as long with each retry, up to an hour, and spread so that what has failed together is not tried together.</summary>
    private static TimeSpan Delay(TimeSpan first, int retries)
    {
        var spread = 0.75 + (Random.Shared.NextDouble() * 0.5);
        var seconds = Math.Min(first.TotalSeconds * Math.Pow(2, retries), TimeSpan.FromHours(1).TotalSeconds);
        return TimeSpan.FromSeconds(seconds * spread);
    }
}
