namespace InventoryOrders.Serve.Endpoints;

/// <summary>What all endpoints have in common that take commands.</summary>
internal static class CommandEndpoints
{
    /// <summary>Names it, says what it does, and declares how it can be refused.</summary>
    public static RouteHandlerBuilder IsCommand(this RouteHandlerBuilder endpoint, string name, string summary) => endpoint
        .WithName(name)
        .WithSummary(summary)
        .ProducesValidationProblem()
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    /// <summary>Names it and says what it shows.</summary>
    public static RouteHandlerBuilder IsView(this RouteHandlerBuilder endpoint, string name, string summary) => endpoint
        .WithName(name)
        .WithSummary(summary)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
}
