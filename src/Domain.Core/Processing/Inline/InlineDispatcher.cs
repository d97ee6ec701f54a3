namespace Protean;

/// <summary>Runs the inline handlers of what was committed. When a dispatch has ended, nothing of it is running any more.</summary>
internal sealed class InlineDispatcher(Domain domain)
{
    private readonly HandlerSlots? _shared = domain.Model is { HandlerLimit: HandlerLimit.WholeDomain, MaxConcurrentHandlers: { } count } ? new(count) : null;

    /// <param name="messages">What was committed, as far as inline handlers want it.</param>
    /// <param name="depth">How many events lie before them within the call.</param>
    /// <param name="scope">The services of the call; nothing if it has none yet.</param>
    /// <param name="cancellationToken">Begins no further handler, and is what running ones are given.</param>
    public ValueTask DispatchAsync(IReadOnlyList<Message> messages, int depth, CallScope? scope, CancellationToken cancellationToken) =>
        messages.Count == 0 ? ValueTask.CompletedTask
        : scope is null && domain.Model.Scopes == HandlerScopes.PerCall ? DispatchInScopeAsync(messages, depth, cancellationToken)
        : RunAsync(messages, depth, scope, cancellationToken);

    private async ValueTask DispatchInScopeAsync(IReadOnlyList<Message> messages, int depth, CancellationToken cancellationToken)
    {
        var scope = new CallScope();
        try
        {
            await RunAsync(messages, depth, scope, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await scope.EndAsync().ConfigureAwait(false);
        }
    }

    private ValueTask RunAsync(IReadOnlyList<Message> messages, int depth, CallScope? scope, CancellationToken cancellationToken)
    {
        // A handler that waits for the handlers of a call it makes runs nothing meanwhile: they may have its place.
        var lender = HandlerSlot.Current;
        var slots = _shared ?? (lender?.IsOf(domain) == true ? lender.Slots : null) ?? (domain.Model.MaxConcurrentHandlers is { } count ? new HandlerSlots(count) : null);
        var run = new InlineRun(domain, scope, slots, cancellationToken);
        return lender is null ? run.RunAsync(messages, depth) : LendAsync(lender, run, messages, depth);
    }

    private static async ValueTask LendAsync(HandlerSlot lender, InlineRun run, IReadOnlyList<Message> messages, int depth)
    {
        lender.Lend();
        try
        {
            await run.RunAsync(messages, depth).ConfigureAwait(false);
        }
        finally
        {
            await lender.TakeBackAsync().ConfigureAwait(false);
        }
    }
}

/// <summary>Events followed from one another, or commands were processed within one another, without an end within one call.</summary>
public sealed class EventDepthExceededException : ProteanException
{
    /// <summary>Creates the exception for an event.</summary>
    public EventDepthExceededException(Message message, int limit)
        : base($"{message.Type} follows from {limit} events in a row within one call: handlers raise events that lead back to them. Break the loop, or raise MaxEventDepth. The last event is {message.Id} in {message.Stream}.") =>
        MessageType = message.Type;

    /// <summary>Creates the exception for a command.</summary>
    public EventDepthExceededException(Type command, int limit)
        : base($"{command.Name} is processed within {limit} other commands: handlers process commands that lead back to them. Break the loop, or raise MaxEventDepth.") =>
        MessageType = command.Name;

    /// <summary>The type of the message that was one too many.</summary>
    public string MessageType { get; }
}
