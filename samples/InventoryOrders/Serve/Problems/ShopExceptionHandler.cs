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
        // One with a place is of something stored, which no caller can help.
        MessageFormatException { Where: null, Path: { Length: > 2 } path } => Field(JsonNamingPolicy.CamelCase.ConvertName(path[2..]), "This is missing, or not of the right kind."),
        InvalidAggregateIdException or MessageTooLargeException => Problem(StatusCodes.Status400BadRequest, exception.Message),
        BadInputException bad => Field(bad.Field, bad.Problem),
        BadHttpRequestException bad => BadRequest(bad),
        AggregateNotFoundException => Problem(StatusCodes.Status404NotFound, exception.Message),
        OrderExistsException or IdempotencyKeyReusedException or CommandPendingException or CommitRefusedException => Problem(StatusCodes.Status409Conflict, exception.Message),
        StoreUnavailableException => Problem(StatusCodes.Status503ServiceUnavailable, "The shop cannot reach its store just now. Nothing was done; try again a little later."),
        CommitOutcomeUnknownException => Problem(StatusCodes.Status503ServiceUnavailable, "Whether it was done could not be found out. Look at what has become of it, or send it again with the same idempotency key."),
        _ => null,
    };

    /// <summary>The framework's own words name parameters of the code, which are nothing to a caller.</summary>
    private static ProblemDetails BadRequest(BadHttpRequestException bad) => (bad.StatusCode, bad.InnerException) switch
    {
        (StatusCodes.Status400BadRequest, JsonException { Path: { Length: > 2 } path }) => Field(path[2..], "This is unknown here, or not of the right kind."),
        (StatusCodes.Status400BadRequest, JsonException) => Problem(bad.StatusCode, "The body is not the JSON that is expected here."),
        (StatusCodes.Status413PayloadTooLarge, _) => Problem(bad.StatusCode, "The body is too large."),
        (StatusCodes.Status415UnsupportedMediaType, _) => Problem(bad.StatusCode, "The body has to be JSON, with the content type application/json."),
        _ => Problem(bad.StatusCode, "The request cannot be read: the body is missing, or something in the address is not of the right kind."),
    };

    private static HttpValidationProblemDetails Field(string field, string problem) =>
        new(new Dictionary<string, string[]> { [field] = [problem] }) { Status = StatusCodes.Status400BadRequest };

    private static ProblemDetails Problem(int status, string detail) => new() { Status = status, Detail = detail };
}
