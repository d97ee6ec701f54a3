namespace Protean.Engine;

/// <summary>All settings there are, with the names they have in the configuration.</summary>
internal static class Settings
{
    /// <summary>The setting that names a profile.</summary>
    public const string Profile = nameof(DeliveryOptions.Profile);

    /// <summary>The setting of a profile that names another one.</summary>
    public const string Inherits = nameof(DeliveryProfile.Inherits);

    // What runs on a timer stays far below what a timer can wait for.
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static readonly ValueFormat Wait = ValueFormat.Time(TimeSpan.Zero, Day);

    public static IReadOnlyList<Setting<EngineOptions>> Engine { get; } =
    [
        new(nameof(EngineOptions.Node), ValueFormat.Name, o => o.Node, (o, v) => o.Node = (string)v),
        new(nameof(EngineOptions.LeaseTime), ValueFormat.Time(TimeSpan.FromSeconds(1), Hour), o => o.LeaseTime, (o, v) => o.LeaseTime = (TimeSpan)v),
        new(nameof(EngineOptions.DrainLimit), ValueFormat.Time(TimeSpan.Zero, Hour), o => o.DrainLimit, (o, v) => o.DrainLimit = (TimeSpan)v),
        new(nameof(EngineOptions.RecoveryInterval), Wait, o => o.RecoveryInterval, (o, v) => o.RecoveryInterval = (TimeSpan)v),
    ];

    public static IReadOnlyList<Setting<DeliveryOptions>> Delivery { get; } =
    [
        new(nameof(DeliveryOptions.SubscriptionType), ValueFormat.Subscription, o => o.SubscriptionType, (o, v) => o.SubscriptionType = (SubscriptionType)v),
        new(nameof(DeliveryOptions.Partitions), ValueFormat.Count(1), o => o.Partitions, (o, v) => o.Partitions = (int)v),
        new(nameof(DeliveryOptions.MessagesPerCommit), ValueFormat.Count(1), o => o.MessagesPerCommit, (o, v) => o.MessagesPerCommit = (int)v),
        new(nameof(DeliveryOptions.PositionUpdateInterval), ValueFormat.Count(1), o => o.PositionUpdateInterval, (o, v) => o.PositionUpdateInterval = (int)v),
        new(nameof(DeliveryOptions.OnFailure), ValueFormat.OneOf<FailurePolicy>(), o => o.OnFailure, (o, v) => o.OnFailure = (FailurePolicy)v),
        new(nameof(DeliveryOptions.MaxRetries), ValueFormat.Count(0), o => o.MaxRetries, (o, v) => o.MaxRetries = (int)v),
        new(nameof(DeliveryOptions.RetryDelay), Wait, o => o.RetryDelay, (o, v) => o.RetryDelay = (TimeSpan)v),
        new(nameof(DeliveryOptions.DeadLetters), ValueFormat.Flag, o => o.DeadLetters, (o, v) => o.DeadLetters = (bool)v),
        new(nameof(DeliveryOptions.TransientRetries), ValueFormat.Count(0), o => o.TransientRetries, (o, v) => o.TransientRetries = (int)v),
        new(nameof(DeliveryOptions.TransientRetryDelay), Wait, o => o.TransientRetryDelay, (o, v) => o.TransientRetryDelay = (TimeSpan)v),
        new(nameof(DeliveryOptions.TimeLimit), ValueFormat.Time(TimeSpan.FromTicks(1), Day), o => o.TimeLimit, (o, v) => o.TimeLimit = (TimeSpan)v),
        new(nameof(DeliveryOptions.CircuitBreakerThreshold), ValueFormat.Count(0), o => o.CircuitBreakerThreshold, (o, v) => o.CircuitBreakerThreshold = (int)v),
        new(nameof(DeliveryOptions.CircuitBreakerReset), Wait, o => o.CircuitBreakerReset, (o, v) => o.CircuitBreakerReset = (TimeSpan)v),
    ];
}
