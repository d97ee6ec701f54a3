using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InventoryOrders.Serve.Live;

/// <summary>Server-sent events: everything at first, then each part that has changed. A reader that comes back begins again.</summary>
internal static class LiveEndpoints
{
    private static readonly TimeSpan _glance = TimeSpan.FromMilliseconds(300);

    /// <summary>How long nothing may be said, so that readers know that somebody is there.</summary>
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _untilReconnect = TimeSpan.FromSeconds(1);

    public static void MapLive(this IEndpointRouteBuilder server) => server
        .MapGet("/events", Watch)
        .WithName("WatchShop")
        .WithSummary("Sends stock, orders, subscriptions and dead letters as they change, as server-sent events")
        .WithTags("Live")
        .Produces<string>(StatusCodes.Status200OK, "text/event-stream");

    private static ServerSentEventsResult<string> Watch(LiveBoard board, TimeProvider time, IHostApplicationLifetime lifetime, HttpContext context)
    {
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(WatchAsync(board, time, lifetime.ApplicationStopping, context.RequestAborted));
    }

    private static async IAsyncEnumerable<SseItem<string>> WatchAsync(
        LiveBoard board, TimeProvider time, CancellationToken stopping, [EnumeratorCancellation] CancellationToken aborted)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, aborted);
        using var glances = new PeriodicTimer(_glance, time);
        Dictionary<string, string> sent = [];
        var spoken = time.GetTimestamp();
        while (!end.IsCancellationRequested)
        {
            foreach (var part in await ReadAsync(board, end.Token))
            {
                if (sent.TryGetValue(part.Name, out var before) && before == part.Json)
                    continue;
                sent[part.Name] = part.Json;
                spoken = time.GetTimestamp();
                yield return new(part.Json, part.Name) { ReconnectionInterval = _untilReconnect };
            }

            if (time.GetElapsedTime(spoken) >= _silence)
            {
                spoken = time.GetTimestamp();
                yield return new("", "alive");
            }

            if (!await NextAsync(glances, end.Token))
                yield break;
        }
    }

    /// <summary>Nothing is left to say when the host stops or the reader has gone.</summary>
    private static async Task<IReadOnlyList<LivePart>> ReadAsync(LiveBoard board, CancellationToken end)
    {
        try
        {
            return await board.ReadAsync().WaitAsync(end);
        }
        catch (OperationCanceledException)
        {
            return [];
        }
    }

    private static async ValueTask<bool> NextAsync(PeriodicTimer glances, CancellationToken end)
    {
        try
        {
            return await glances.WaitForNextTickAsync(end);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
