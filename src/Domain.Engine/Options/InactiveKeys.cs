namespace Protean.Engine;

/// <summary>Keys that other systems of this kind have, and that would act on nothing here. Setting one is an error that gives the reason.</summary>
internal static class InactiveKeys
{
    private static readonly Dictionary<string, string> Reasons = new(StringComparer.OrdinalIgnoreCase)
    {
        ["MessagesPerTick"] = $"there are no ticks: what is handled together is what shares a commit. Set {nameof(DeliveryOptions.MessagesPerCommit)} instead.",
        ["TickInterval"] = "an idle subscription waits for the store's signal and does not poll, so no ticks can be spaced out. Remove it.",
        ["BlockingTimeout"] = "an idle subscription waits for the store's signal and blocks no connection while it waits. Remove it.",
        ["Retention"] = "retention trims the streams of a broker, and what goes through one here is gone from it when it is handled, while the event store keeps what was committed. Remove it.",
    };

    /// <summary>Why a key acts on nothing; nothing when it is not one of these.</summary>
    public static string? ReasonAgainst(string key) => Reasons.TryGetValue(key, out var reason) ? "acts on nothing here: " + reason : null;
}
