namespace Protean.Storage;

/// <summary>Times as stores keep them, so that a message looks the same before and after it was stored.</summary>
internal static class StoreTime
{
    /// <summary>Cuts off what is finer than a microsecond.</summary>
    public static DateTimeOffset Of(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));
}
