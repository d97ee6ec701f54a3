namespace Protean.EventStore.Sqlite;

/// <summary>Times as they stand in the file: microseconds since the Unix epoch. What is finer is cut off.</summary>
internal static class Microseconds
{
    private static readonly long Epoch = DateTimeOffset.UnixEpoch.UtcTicks / TimeSpan.TicksPerMicrosecond;

    public static long Of(DateTimeOffset time) => (time.UtcTicks / TimeSpan.TicksPerMicrosecond) - Epoch;

    public static long? Of(DateTimeOffset? time) => time is { } some ? Of(some) : null;

    public static DateTimeOffset ToTime(long microseconds) => new((microseconds + Epoch) * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    public static DateTimeOffset? ToTime(long? microseconds) => microseconds is { } some ? ToTime(some) : null;
}
