using System.Text.Json;
using InventoryOrders.Orders;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Protean;

namespace InventoryOrders.Serve.Problems;

/// <summary>Answers what the domain refuses, and what goes wrong, with problem details: what a caller can act on, and nothing from the inside.</summary>
internal sealed class ShopExceptionHandler(IProblemDetailsService problems) : IExceptionHandler
{
    private const string SecondsUntilRetry = "5";

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (ProblemOf(exception) is not { } problem)
            return false;
        httpContext.Response.StatusCode = problem.Status!.Value;
        if (problem.Status == StatusCodes.Status503ServiceUnavailable)
            httpContext.Response.Headers.RetryAfter = SecondsUntilRetry;
        return await problems.TryWriteAsync(new() { HttpContext = httpContext, ProblemDetails = problem });
    }

    private static ProblemDetails? ProblemOf(Exception exception) => exception switch
    {
        ValidationException refused => BrokenRules.Describe(refused),
        InvalidAggregateIdException or MessageFormatException or MessageTooLargeException => Problem(StatusCodes.Status400BadRequest, exception.Message),
        BadHttpRequestException bad => BadRequest(bad),
        AggregateNotFoundException => Problem(StatusCodes.Status404NotFound, exception.Message),
        OrderExistsException or IdempotencyKeyReusedException or CommandPendingException or CommitRefusedException => Problem(StatusCodes.Status409Conflict, exception.Message),
        StoreUnavailableException => Problem(StatusCodes.Status503ServiceUnavailable, "The shop cannot reach its store just now. Nothing was done; try again a little later."),
        CommitOutcomeUnknownException => Problem(StatusCodes.Status503ServiceUnavailable, "Whether it was done could not be found out. Look at what has become of it, or send it again with the same idempotency key."),
        _ => null,
    };

    private static ProblemDetails BadRequest(BadHttpRequestException bad)
    {
        if (bad.InnerException is not JsonException json)
            return Problem(bad.StatusCode, bad.Message);
        const string what = "The body is not the JSON that is expected here.";
        return json.Path is { Length: > 2 } path
            ? new HttpValidationProblemDetails(new Dictionary<string, string[]> { [path[2..]] = ["cannot be read here: it is unknown, or not of the right kind"] }) { Status = bad.StatusCode, Detail = what }
            : Problem(bad.StatusCode, what);
    }

    private static ProblemDetails Problem(int status, string detail) => new() { Status = status, Detail = detail };
}
