namespace Protean.Engine;

/// <summary>Keys that other systems of this kind have, and that would act on nothing here. Setting one is an error that gives the reason.</summary>
internal static class InactiveKeys
{
    public const string SubscriptionType = "SubscriptionType";

    /// <summary>The only type of subscription there is.</summary>
    public const string EventStore = "event_store";

    private static readonly Dictionary<string, string> Reasons = new(StringComparer.OrdinalIgnoreCase)
    {
        ["MessagesPerTick"] = $"there are no ticks: what is handled together is what shares a commit. Set {nameof(DeliveryOptions.MessagesPerCommit)} instead.",
        ["TickInterval"] = "an idle subscription waits for the store's signal and does not poll, so no ticks can be spaced out. Remove it.",
        ["BlockingTimeout"] = "an idle subscription waits for the store's signal and blocks no connection while it waits. Remove it.",
        ["Retention"] = "retention trims the streams of a broker, and subscriptions read the event store, which keeps what was committed. Remove it.",
    };

    /// <summary>Why a key acts on nothing; nothing when it is not one of these.</summary>
    public static string? ReasonAgainst(string key, string? value)
    {
        if (!key.Equals(SubscriptionType, StringComparison.OrdinalIgnoreCase))
            return Reasons.TryGetValue(key, out var reason) ? "acts on nothing here: " + reason : null;
        return $"is '{value}', but every subscription reads the event store: write {EventStore}, or remove it.";
    }

    /// <summary>Whether a key says what is the case anyway.</summary>
    public static bool IsGiven(string key, string? value) =>
        key.Equals(SubscriptionType, StringComparison.OrdinalIgnoreCase) && EventStore.Equals(value, StringComparison.OrdinalIgnoreCase);
}
