using Protean.Storage;

namespace Protean.Engine;

/// <summary>What is particular about handlers that run inline as a rule.</summary>
internal static class SafetyNet
{
    /// <summary>How long inline handlers have before the engine looks for what they have not done.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>Waits until a message, and with it those before it, had time to be handled inline.</summary>
    public static async Task WaitAsync(EngineContext engine, StoredMessage message, CancellationToken cancellationToken)
    {
        var left = message.Time + Grace - engine.Time.GetUtcNow();
        // Another machine's clock may be ahead.
        left = left < Grace ? left : Grace;
        if (left > TimeSpan.Zero)
            await Task.Delay(left, engine.Time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets the marks of what lies behind: from there on everything counts as handled.</summary>
    public static async ValueTask ForgetAsync(EngineContext engine, Subscription subscription, long upTo, CancellationToken cancellationToken)
    {
        foreach (var name in subscription.Names)
            await engine.Store.PurgeMarksAsync(name, upTo, cancellationToken).ConfigureAwait(false);
    }
}
