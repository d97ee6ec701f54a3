using Protean.Storage;

namespace Protean;

/// <summary>A method of a handler that failed on a message, after its retries.</summary>
/// <param name="Handler">The durable name of the handler.</param>
/// <param name="Method">The method.</param>
/// <param name="Message">The message.</param>
/// <param name="Error">What it threw.</param>
internal sealed record FailedDelivery(string Handler, string Method, StoredMessage Message, Exception Error);

/// <summary>Takes stored messages to the handlers that wait for them, as whoever reads the log does.</summary>
internal sealed class MessageDelivery(Domain domain)
{
    /// <summary>What reaches event handlers.</summary>
    public const MessageKind Delivered = MessageKind.Event | MessageKind.Fact | MessageKind.Notification;

    /// <summary>Whether a handler wants a stored message, as far as can be said without its body.</summary>
    public bool Wants(EventHandlerModel handler, StoredMessage message) =>
        (message.Kind & Delivered) != 0
        && handler.Mode == HandlerMode.Engine
        && handler.Listens(message.Stream.Category, message.Metadata)
        && domain.Model.Types.TryFind(message.Type, out var type)
        && handler.Handlers(type.ClrType).Length > 0;

    /// <summary>Runs every method of a handler that is for the message; one that fails does not keep the others from running.</summary>
    /// <returns>What failed.</returns>
    public async ValueTask<IReadOnlyList<FailedDelivery>> HandleAsync(EventHandlerModel handler, StoredMessage stored, CancellationToken cancellationToken)
    {
        List<FailedDelivery> failed = [];
        domain.Model.Types.TryFind(stored.Type, out var type);
        Message message;
        try
        {
            message = ToMessage(stored);
        }
        catch (ProteanException e)
        {
            foreach (var method in handler.Handlers(type!.ClrType))
                failed.Add(new(handler.DurableName, method.Name, stored, e));
            domain.Log.HandlerFailed(e, handler.Name, "(reading)", stored.Type, stored.Id, type.Category);
            return failed;
        }

        foreach (var method in handler.Handlers(type!.ClrType))
        {
            IReadOnlyList<Message> raised;
            try
            {
                raised = await domain.Invoker.HandleAsync(handler, method, message, 0, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!IsCancellation(e, cancellationToken))
            {
                raised = await domain.Invoker.ReactAsync(handler, method, e, message, 0, cancellationToken).ConfigureAwait(false);
                failed.Add(new(handler.DurableName, method.Name, stored, e));
            }

            await DispatchAsync(raised, cancellationToken).ConfigureAwait(false);
        }

        return failed;
    }

    /// <summary>Handles a stored command, once.</summary>
    /// <returns>What failed; nothing if it was handled, had been handled before, or was past its deadline.</returns>
    public async ValueTask<FailedDelivery?> HandleCommandAsync(StoredMessage stored, CancellationToken cancellationToken)
    {
        if (await IsDoneAsync(stored, cancellationToken).ConfigureAwait(false))
            return null;
        if (!domain.Model.Types.TryFind(stored.Type, out var type) || !domain.Model.Commands.TryGetValue(type.ClrType, out var binding))
        {
            if (domain.Model.CommandCategories.Contains(stored.Stream.Category))
                domain.Log.UnknownTypeSkipped(stored.Id, stored.Type);
            return null;
        }

        try
        {
            return await HandleCommandAsync(stored, ToMessage(stored), binding, cancellationToken).ConfigureAwait(false);
        }
        catch (ProteanException e) when (e is CorruptMessageException or MessageFormatException)
        {
            domain.Log.HandlerFailed(e, binding.HandlerName, "(reading)", stored.Type, stored.Id);
            await RecordFailureAsync(stored, e, cancellationToken).ConfigureAwait(false);
            return new(binding.HandlerName, stored.Type, stored, e);
        }
        finally
        {
            domain.Outcomes.Announce(stored.Id);
        }
    }

    private static bool IsCancellation(Exception error, CancellationToken cancellationToken) =>
        error is OperationCanceledException && cancellationToken.IsCancellationRequested;

    private async ValueTask<FailedDelivery?> HandleCommandAsync(StoredMessage stored, Message message, CommandBinding binding, CancellationToken cancellationToken)
    {
        var execution = new EnqueuedExecution(binding, message, domain);
        try
        {
            await domain.Commands.RunAsync(execution, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (DeadlineExceededException e) when (!execution.IsBegun)
        {
            domain.Log.CommandExpired(stored.Type, stored.Id, e.Deadline);
            await RecordFailureAsync(stored, e, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (!IsCancellation(e, cancellationToken))
        {
            // What its inline handlers failed on is theirs, and somebody else may have handled it meanwhile.
            if (execution.IsCommitted || await IsDoneAsync(stored, cancellationToken).ConfigureAwait(false))
                return null;
            domain.Log.HandlerFailed(e, binding.HandlerName, stored.Type, stored.Type, stored.Id);
            var raised = await domain.Invoker.ReactAsync(binding.ErrorHandlers, binding.HandlerName, e, message, 0, cancellationToken).ConfigureAwait(false);
            await RecordFailureAsync(stored, e, cancellationToken).ConfigureAwait(false);
            await DispatchAsync(raised, cancellationToken).ConfigureAwait(false);
            return new(binding.HandlerName, stored.Type, stored, e);
        }
    }

    /// <summary>One that failed for good may be handled again, when somebody replays it.</summary>
    private async ValueTask<bool> IsDoneAsync(StoredMessage command, CancellationToken cancellationToken) =>
        await domain.Store.GetKeyAsync(IdempotencyKeys.OutcomeScope, command.Id.ToString(), cancellationToken).ConfigureAwait(false) is { } kept
        && CommandOutcome.Read(kept.Outcome.Span).Error is null;

    /// <summary>Runs inline handlers of what is committed. What they fail on is logged and told to them, and is no failure of the one that was delivered to.</summary>
    private async ValueTask DispatchAsync(IReadOnlyList<Message> raised, CancellationToken cancellationToken)
    {
        try
        {
            await domain.Inline.DispatchAsync(raised, 0, null, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!IsCancellation(e, cancellationToken))
        {
            domain.Log.InlineHandlersFailed(e);
        }
    }

    /// <summary>Runs a stored command into a workspace; with an error that its handler failed with, the fallback.</summary>
    public async ValueTask HandleCommandAsync(CommandBinding binding, Message message, Exception? failed, Workspace workspace, CancellationToken cancellationToken)
    {
        domain.Commands.RefuseIfLate(binding, message);
        await domain.Runner.RunAsync(new EnqueuedExecution(binding, message, domain) { Workspace = workspace, Error = failed }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Logs the failure of a command and tells its error handlers, whose effects go into the workspace.</summary>
    public async ValueTask ReactAsync(CommandBinding binding, Exception error, Message message, Workspace workspace, CancellationToken cancellationToken)
    {
        domain.Log.HandlerFailed(error, binding.HandlerName, message.Type, message.Type, message.Id);
        await domain.Invoker.ReactAsync(binding.ErrorHandlers, binding.HandlerName, error, message, 0, cancellationToken, workspace).ConfigureAwait(false);
    }

    private async ValueTask RecordFailureAsync(StoredMessage command, Exception error, CancellationToken cancellationToken) =>
        await domain.CommitAsync(CommandFailure(command, error), cancellationToken).ConfigureAwait(false);

    /// <summary>Keeps the failure for whoever waits, and gives the caller's key back: what failed can be sent again under it.</summary>
    public Commit CommandFailure(StoredMessage command, Exception error)
    {
        List<KeyRelease> released = [IdempotencyKeys.ReleaseFailure(command.Id)];
        if (command.Metadata.IdempotencyKey is { } key && domain.Model.Types.TryFind(command.Type, out var type))
            released.Add(new(IdempotencyKeys.Scope(type, command.Metadata), key, IdempotencyKeys.Hash(command.Body.Span)));
        return new() { KeyReleases = released, Keys = [IdempotencyKeys.Failure(command.Id, CommandOutcome.Failure(error), domain.Time.GetUtcNow())] };
    }

    /// <summary>Reads a stored message as its handlers see it.</summary>
    public Message ToMessage(StoredMessage stored) => new()
    {
        Id = stored.Id,
        EventCategory = CategoryOf(stored),
        Type = stored.Type,
        Stream = stored.Stream,
        Position = stored.Position,
        GlobalPosition = stored.GlobalPosition,
        Time = stored.Time,
        Kind = stored.Kind,
        Metadata = stored.Metadata,
        Payload = domain.Model.Types.Read(stored)!,
    };

    private EventCategory? CategoryOf(StoredMessage stored) => domain.Model.Types.TryFind(stored.Type, out var type) ? type.Category : null;
}
