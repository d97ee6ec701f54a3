using Microsoft.AspNetCore.Http.HttpResults;
using Protean.Engine;

namespace InventoryOrders.Serve.Endpoints;

/// <summary>What the engine delivers to, on all nodes.</summary>
/// <param name="Name">The handler.</param>
/// <param name="State">The state that most needs somebody, of all its partitions.</param>
/// <param name="Position">Everything up to here is handled, in all its partitions.</param>
/// <param name="Lag">How many positions the slowest partition is behind.</param>
/// <param name="Partitions">How many partitions it has.</param>
/// <param name="Owners">The nodes that have them.</param>
/// <param name="Problem">What it has stopped on.</param>
public sealed record SubscriptionView(string Name, string State, long Position, long Lag, int Partitions, IReadOnlyList<string> Owners, string? Problem)
{
    public static SubscriptionView Of(SubscriptionStatus status) => new(
        status.Handler,
        status.Partitions.Count == 0 ? "None" : status.Partitions.Select(p => p.State).MinBy(Urgency).ToString(),
        status.Partitions.Select(p => p.Position).DefaultIfEmpty().Min(),
        status.Partitions.Select(p => p.Lag).DefaultIfEmpty().Max(),
        status.Partitions.Count,
        [.. status.Partitions.Select(p => p.Owner).OfType<string>().Distinct().Order(StringComparer.Ordinal)],
        status.Partitions.Select(p => p.Problem).FirstOrDefault(problem => problem is not null));

    private static int Urgency(PartitionState state) => state switch
    {
        PartitionState.Halted => 0,
        PartitionState.StoreAway => 1,
        PartitionState.Paused => 2,
        PartitionState.Running => 3,
        PartitionState.Elsewhere => 4,
        _ => 5,
    };
}

/// <summary>The engine over HTTP.</summary>
internal static class SubscriptionEndpoints
{
    public static void MapSubscriptions(this IEndpointRouteBuilder api) =>
        api.MapGet("/subscriptions", ListAsync).WithTags("Operation").IsView("ListSubscriptions", "Shows how far the engine is with each handler and projection");

    public static async Task<IReadOnlyList<SubscriptionView>> SubscriptionsAsync(DomainEngine engine, CancellationToken cancellationToken) =>
        [.. (await engine.GetStatusAsync(cancellationToken)).Subscriptions.Select(SubscriptionView.Of).OrderBy(s => s.Name, StringComparer.Ordinal)];

    private static async Task<Ok<IReadOnlyList<SubscriptionView>>> ListAsync(DomainEngine engine, CancellationToken cancellationToken) =>
        TypedResults.Ok(await SubscriptionsAsync(engine, cancellationToken));
}
