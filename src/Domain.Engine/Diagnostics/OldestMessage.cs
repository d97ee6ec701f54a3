namespace Protean.Engine;

/// <summary>How old the oldest message is that a partition has not handled.</summary>
internal sealed class OldestMessage(TimeProvider time)
{
    // Before the first message is read, the partition is behind for as long as it runs.
    private long _ticks = time.GetUtcNow().UtcTicks;

    /// <summary>A message is the next to be handled.</summary>
    public void Next(DateTimeOffset recorded) => Volatile.Write(ref _ticks, recorded.UtcTicks);

    public TimeSpan Age => Of(time.GetUtcNow(), new(Volatile.Read(ref _ticks), TimeSpan.Zero));

    /// <summary>The age of a message whose time may come from a clock that goes ahead.</summary>
    public static TimeSpan Of(DateTimeOffset now, DateTimeOffset recorded) => now > recorded ? now - recorded : TimeSpan.Zero;
}
