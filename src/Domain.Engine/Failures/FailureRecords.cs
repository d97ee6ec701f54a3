using Protean.Storage;

namespace Protean.Engine;

/// <summary>Writes down what has failed, and what becomes of it.</summary>
internal static class FailureRecords
{
    private const int LongestDetail = 16_000;
    private const int MostAttempts = 20;

    /// <summary>A delivery that has failed, or that waits behind one.</summary>
    public static FailureRecord New(string handler, string method, int partition, StoredMessage message, string? parkKey, DateTimeOffset now, Exception? error, DeliverySettings settings) => new()
    {
        Key = new(handler, method, message.GlobalPosition),
        Partition = partition,
        MessageId = message.Id,
        MessageType = message.Type,
        Stream = message.Stream.Value,
        StreamPosition = message.Position,
        Status = error is null ? FailureStatus.Parked : settings.MaxRetries == 0 ? FailureStatus.Dead : FailureStatus.Retrying,
        ParkKey = parkKey,
        NextAttemptAt = error is null || settings.MaxRetries == 0 ? null : now + Delay(settings.RetryDelay, 0),
        FailedAt = now,
        UpdatedAt = now,
        Attempts = error is null ? [] : [Attempt(error, now)],
    };

    /// <summary>The record after another try has failed. A conflict is nobody's fault, and does not count towards the end.</summary>
    public static FailureRecord Failed(FailureRecord record, Exception error, bool isConflict, DateTimeOffset now, DeliverySettings settings)
    {
        var retries = record.Status == FailureStatus.Parked ? 0 : record.Retries + (isConflict ? 0 : 1);
        var isDead = retries >= settings.MaxRetries && !isConflict;
        return record with
        {
            Status = isDead ? FailureStatus.Dead : FailureStatus.Retrying,
            Retries = retries,
            NextAttemptAt = isDead ? null : now + Delay(settings.RetryDelay, retries),
            UpdatedAt = now,
            Attempts = [.. record.Attempts.TakeLast(MostAttempts - 1), Attempt(error, now)],
        };
    }

    private static FailureAttempt Attempt(Exception error, DateTimeOffset now)
    {
        var detail = error.ToString();
        return new(now, error.GetType().FullName ?? error.GetType().Name, error.Message, detail.Length <= LongestDetail ? detail : detail[..LongestDetail]);
    }

    /// <summary>Twice as long with each retry, up to an hour, and spread so that what has failed together is not tried together.</summary>
    private static TimeSpan Delay(TimeSpan first, int retries)
    {
        var spread = 0.75 + (Random.Shared.NextDouble() * 0.5);
        var seconds = Math.Min(first.TotalSeconds * Math.Pow(2, retries), TimeSpan.FromHours(1).TotalSeconds);
        return TimeSpan.FromSeconds(seconds * spread);
    }
}
