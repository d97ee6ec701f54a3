using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Protean.Engine;

namespace Protean.Tests.Diagnostics;

/// <summary>The code of the guide to operating the engine, as it stands there.</summary>
internal static class GuideSamples
{
    public static void Health(IHostApplicationBuilder builder)
    {
        // sample: health
        builder.Services.AddHealthChecks().AddProteanEngine(limits =>
        {
            limits.DegradedAge = TimeSpan.FromSeconds(30);
            limits.UnhealthyAge = TimeSpan.FromMinutes(5);
        });
        // end
    }

    public static async Task StatusAsync(DomainEngine engine, CancellationToken ct)
    {
        // sample: status
        foreach (var subscription in (await engine.GetStatusAsync(ct)).Subscriptions)
        {
            foreach (var p in subscription.Partitions)
                Console.WriteLine($"{subscription.Handler}/{p.Partition} {p.State} at {p.Position}, {p.Lag} behind ({p.Behind}), owner {p.Owner ?? "nobody"}, epoch {p.Epoch} {p.Problem}");
        }
        // end
    }

    public static async Task FailedAsync(DomainEngine engine, CancellationToken ct)
    {
        // sample: failed
        foreach (var record in await engine.DeadLetters.ListAsync(new() { Handler = "withdraw-stock" }, ct))
        {
            Console.WriteLine($"{record.Key.Method} on {record.MessageType} {record.MessageId} of {record.Stream}, since {record.FailedAt}");
            Console.WriteLine(record.Attempts[^1].Detail);
            var letter = await engine.DeadLetters.InspectAsync(record.Key, ct);        // with the message itself: mind who may see it
        }

        await engine.DeadLetters.ReplayAllAsync(new() { Handler = "withdraw-stock" }, ct);     // mended: once more, by this handler only
        await engine.DeadLetters.PurgeAllAsync(new() { Handler = "send-mail" }, ct);           // given up for good
        // end
    }
}
