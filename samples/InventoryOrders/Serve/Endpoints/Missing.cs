using Microsoft.AspNetCore.Http.HttpResults;

namespace InventoryOrders.Serve.Endpoints;

/// <summary>Says that something is not there.</summary>
internal static class Missing
{
    public static ProblemHttpResult Of(string what, string id) =>
        TypedResults.Problem($"There is no {what} with the id '{id}'.", statusCode: StatusCodes.Status404NotFound);
}
