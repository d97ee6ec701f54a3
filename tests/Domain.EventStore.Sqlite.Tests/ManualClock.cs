namespace Protean.EventStore.Sqlite.Tests;

/// <summary>A clock that moves only when it is told to; its timers are real.</summary>
internal sealed class ManualClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
