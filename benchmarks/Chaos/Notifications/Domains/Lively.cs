using Protean.Engine;

namespace Protean.Benchmarks.Chaos.Notifications.Domains;

/// <summary>What holds for the engines of a run, so that what a killed one had is taken over within it.</summary>
internal static class Lively
{
    // A handler fails once in every process that it meets a message in, and nothing is to be given up over that.
    private const int MaxRetries = 50;
    private static readonly TimeSpan _retryDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _recoveryInterval = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan _leaseTime = TimeSpan.FromSeconds(2);

    public static void Configure(EngineOptions options)
    {
        options.LeaseTime = _leaseTime;
        options.RecoveryInterval = _recoveryInterval;
        options.Server.MaxRetries = MaxRetries;
        options.Server.RetryDelay = _retryDelay;
    }
}
