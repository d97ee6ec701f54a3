using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace InventoryOrders.Serve.Endpoints;

/// <summary>How the server is.</summary>
public sealed record Health(HealthStatus Status, IReadOnlyDictionary<string, string?> Checks);

/// <summary>Health over HTTP, for whatever keeps the server running and sends it traffic.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder server)
    {
        Map("live", "Says whether the process is worth keeping");
        Map("ready", "Says whether requests should be sent here");
        Map("lag", "Says whether the engine keeps up");

        void Map(string tag, string summary) => server
            .MapGet($"/health/{tag}", (HealthCheckService checks, CancellationToken cancellationToken) => CheckAsync(checks, tag, cancellationToken))
            .WithName($"{char.ToUpperInvariant(tag[0])}{tag[1..]}")
            .WithSummary(summary)
            .WithTags("Health")
            .Produces<Health>(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<Results<Ok<Health>, JsonHttpResult<Health>>> CheckAsync(HealthCheckService checks, string tag, CancellationToken cancellationToken)
    {
        var report = await checks.CheckHealthAsync(check => check.Tags.Contains(tag), cancellationToken);
        var health = new Health(report.Status, report.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Description));
        return report.Status == HealthStatus.Unhealthy ? TypedResults.Json(health, statusCode: StatusCodes.Status503ServiceUnavailable) : TypedResults.Ok(health);
    }
}
