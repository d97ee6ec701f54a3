namespace Protean.Benchmarks.Chaos.Deliveries.Books;

/// <summary>Lets handlers get into the trouble that a message brings: after they have made their changes, which then must not count.</summary>
internal static class Troubles
{
    public static Task MeetAsync(Emitted emitted, string handler, HandlerContext context)
    {
        Meet(emitted, handler);
        return emitted.Trouble is { } trouble && trouble.IsFor(handler, TroubleKind.Slow)
            ? Task.Delay(trouble.Length, context.Time, context.CancellationToken)
            : Task.CompletedTask;
    }

    /// <exception cref="TroubleException">The handler fails.</exception>
    public static void Meet(Emitted emitted, string handler)
    {
        if (emitted.Trouble is not { } trouble)
            return;
        if (trouble.IsFor(handler, TroubleKind.Poison))
            throw new TroubleException($"{handler} cannot stand {emitted.Entry}");
        if (trouble.IsFor(handler, TroubleKind.Flaky) && TimeProvider.System.GetUtcNow() < trouble.Begin + trouble.Length)
            throw new TroubleException($"{handler} cannot stand {emitted.Entry} yet");
    }
}

internal sealed class TroubleException(string message) : Exception(message);
