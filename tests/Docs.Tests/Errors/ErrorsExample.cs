using Microsoft.Extensions.DependencyInjection;
using Polly;
using Polly.Timeout;
using Protean.Docs.Shop;
using Protean.Engine;
using Protean.Storage;

namespace Protean.Docs.Errors;

/// <summary>What the guide to errors declares and does.</summary>
internal static class ErrorsExample
{
    public static void Declare(DomainBuilder domain)
    {
        domain.EventHandler<Order>().Named("book-courier")
            .RetryTransient(2, TimeSpan.FromMilliseconds(100), typeof(HttpRequestException))   // at once: after 100 ms, after 200 ms
            .TimeLimit(TimeSpan.FromSeconds(30))                                               // each call
            .OnFailure(FailurePolicy.ParkStream)                                               // what follows for the same order waits
            .On<OrderShipped>((shipped, context) => CourierOf(context).BookAsync(shipped.OrderId, context.CancellationToken))
            .On<OrderDelayed>((delayed, context) => CourierOf(context).TellAsync(delayed.Reason, context.CancellationToken))
            .HandleError(async (error, message, context) =>                                    // every try that fails for good, later ones too
            {
                if (message.Payload is OrderShipped shipped)
                    (await context.Repository<Order>().GetAsync(shipped.OrderId, context.CancellationToken)).DelayedBy(error.Message);
            });
    }

    public static void Pipeline(DomainBuilder domain) =>
        domain.EventHandler<Order>().Named("print-label")
            .Resilience(pipeline => pipeline
                .AddRetry(new() { MaxRetryAttempts = 4, BackoffType = DelayBackoffType.Exponential, UseJitter = true, Delay = TimeSpan.FromMilliseconds(50) })
                .AddTimeout(new TimeoutStrategyOptions { Timeout = TimeSpan.FromSeconds(2) }))
            .On<OrderShipped>((shipped, context) => CourierOf(context).PrintAsync(shipped.OrderId, context.CancellationToken));

    public static void Guarded(DomainBuilder domain) =>
        domain.EventHandler<Order>().Named("announce").Inline()
            .CircuitBreaker(failures: 2, breakFor: TimeSpan.FromSeconds(30))
            .On<OrderPlaced>((placed, context) => CourierOf(context).TellAsync(placed.OrderId, context.CancellationToken))
            .Fallback<OrderPlaced>(async (placed, context) =>                                  // instead, in a unit of work of its own
                (await context.Repository<Order>().GetAsync(placed.OrderId, context.CancellationToken)).DelayedBy(context.Error!.GetType().Name));

    public static async Task<FailureRecord?> LookAsync(DomainEngine engine, TextWriter log, CancellationToken cancellationToken)
    {
        FailureRecord? worst = null;
        foreach (var dead in await engine.DeadLetters.ListAsync(new() { Handler = "book-courier", Take = 50 }, cancellationToken))
        {
            await log.WriteLineAsync($"{dead.Key.Method} of {dead.Key.Handler} on {dead.MessageType} in {dead.Stream}, {dead.Attempts.Count} tries");
            await log.WriteLineAsync(dead.Attempts[^1].Message);                               // .Detail has the stack
            worst ??= dead;
        }

        return worst;
    }

    public static async Task<string?> InspectAsync(DomainEngine engine, FailureKey key, CancellationToken cancellationToken)
    {
        var letter = await engine.DeadLetters.InspectAsync(key, cancellationToken);
        return letter?.Message is { } message ? System.Text.Encoding.UTF8.GetString(message.Body.Span) : null;   // mind who may see it
    }

    public static async Task MendedAsync(DomainEngine engine, FailureKey hopeless, CancellationToken cancellationToken)
    {
        await engine.DeadLetters.PurgeAsync(hopeless, cancellationToken);                                         // given up for good
        await engine.DeadLetters.ReplayAllAsync(new() { Handler = "book-courier" }, cancellationToken);           // the rest once more
        engine.Resume("book-courier");                                                                            // if its policy is Stop
    }

    private static ICourier CourierOf(HandlerContext context) => context.Services.GetRequiredService<ICourier>();
}

/// <summary>Another service, which may be away.</summary>
public interface ICourier
{
    Task BookAsync(string orderId, CancellationToken cancellationToken);

    Task TellAsync(string what, CancellationToken cancellationToken);

    Task PrintAsync(string orderId, CancellationToken cancellationToken);
}
