using Microsoft.AspNetCore.Http.HttpResults;
using Protean.Engine;
using Protean.Storage;

namespace InventoryOrders.Serve.Endpoints;

/// <summary>A delivery that has failed for good, as whoever looks after the shop sees it: without the message, and without stacks.</summary>
public sealed record DeadLetterView(
    string Handler, string Method, long Position, string MessageType, Guid MessageId, string Stream, DateTimeOffset FailedAt, int Attempts, string? Reason)
{
    public static DeadLetterView Of(FailureRecord record) => new(
        record.Key.Handler,
        record.Key.Method,
        record.Key.GlobalPosition,
        record.MessageType,
        record.MessageId,
        record.Stream,
        record.FailedAt,
        record.Attempts.Count,
        record.Attempts is [.., var last] ? last.Message : null);
}

/// <summary>Which dead letter is meant.</summary>
public sealed record DeadLetterKey(string Handler, string Method, long Position);

/// <summary>Dead letters over HTTP.</summary>
internal static class DeadLetterEndpoints
{
    private const int MostLetters = 200;

    public static void MapDeadLetters(this IEndpointRouteBuilder api)
    {
        var letters = api.MapGroup("/dead-letters").WithTags("Operation");
        letters.MapGet("/", ListAsync).IsView("ListDeadLetters", $"Lists what could not be handled, {MostLetters} at most");
        letters.MapPost("/replay", ReplayAsync).IsView("ReplayDeadLetter", "Has one dead letter handled again, by the handler that failed on it")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Ok<IReadOnlyList<DeadLetterView>>> ListAsync(DomainEngine engine, CancellationToken cancellationToken) =>
        TypedResults.Ok(await DeadLettersAsync(engine, cancellationToken));

    public static async Task<IReadOnlyList<DeadLetterView>> DeadLettersAsync(DomainEngine engine, CancellationToken cancellationToken) =>
        [.. (await engine.DeadLetters.ListAsync(new() { Take = MostLetters }, cancellationToken)).Select(DeadLetterView.Of)];

    private static async Task<Results<Accepted, ProblemHttpResult>> ReplayAsync(DeadLetterKey letter, DomainEngine engine, CancellationToken cancellationToken) =>
        await engine.DeadLetters.ReplayAsync(new(letter.Handler, letter.Method, letter.Position), cancellationToken)
            ? TypedResults.Accepted((string?)null)
            : TypedResults.Problem("There is no such dead letter: it may have been replayed already.", statusCode: StatusCodes.Status404NotFound);
}
