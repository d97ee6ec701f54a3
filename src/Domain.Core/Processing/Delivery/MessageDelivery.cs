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
    private const MessageKind Delivered = MessageKind.Event | MessageKind.Fact | MessageKind.Notification;

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
            domain.Log.HandlerFailed(e, handler.Name, "(reading)", stored.Type, stored.Id);
            return failed;
        }

        foreach (var method in handler.Handlers(type!.ClrType))
        {
            try
            {
                var raised = await domain.Invoker.HandleAsync(handler, method, message, 0, cancellationToken).ConfigureAwait(false);
                await domain.Inline.DispatchAsync(raised, 0, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                var raised = await domain.Invoker.ReactAsync(handler, method, e, message, 0, cancellationToken).ConfigureAwait(false);
                failed.Add(new(handler.DurableName, method.Name, stored, e));
                await DispatchReactionAsync(raised, handler.Name, message, cancellationToken).ConfigureAwait(false);
            }
        }

        return failed;
    }

    /// <summary>Handles a stored command, once.</summary>
    /// <returns>What failed; nothing if it was handled, had been handled before, or was past its deadline.</returns>
    public async ValueTask<FailedDelivery?> HandleCommandAsync(StoredMessage stored, CancellationToken cancellationToken)
    {
        if (await domain.Store.GetKeyAsync(IdempotencyKeys.OutcomeScope, stored.Id.ToString(), cancellationToken).ConfigureAwait(false) is not null)
            return null;
        if (!domain.Model.Types.TryFind(stored.Type, out _))
        {
            domain.Log.UnknownTypeSkipped(stored.Id, stored.Type);
            return null;
        }

        Message message;
        try
        {
            message = ToMessage(stored);
        }
        catch (ProteanException e)
        {
            domain.Log.HandlerFailed(e, stored.Stream.Category, "(reading)", stored.Type, stored.Id);
            var outcome = new KeyClaim(IdempotencyKeys.OutcomeScope, stored.Id.ToString(), stored.Id.ToString(), CommandOutcome.Failure(e), domain.Time.GetUtcNow());
            await domain.Store.CommitAsync(new() { Keys = [outcome] }, cancellationToken).ConfigureAwait(false);
            domain.Outcomes.Announce(stored.Id);
            return new(stored.Stream.Category, "(reading)", stored, e);
        }

        var execution = new EnqueuedExecution(domain.Commands.BindingOf(message.Payload.GetType()), message, domain);
        try
        {
            await domain.Commands.RunAsync(execution, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (DeadlineExceededException e)
        {
            domain.Log.CommandExpired(stored.Type, stored.Id, e.Deadline);
            await RecordFailureAsync(execution, e, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            domain.Log.HandlerFailed(e, execution.Binding.HandlerName, stored.Type, stored.Type, stored.Id);
            var raised = await domain.Invoker.ReactAsync(execution.Binding.ErrorHandlers, execution.Binding.HandlerName, e, message, 0, cancellationToken).ConfigureAwait(false);
            if (!AfterCommit.IsMarked(e))
                await RecordFailureAsync(execution, e, cancellationToken).ConfigureAwait(false);
            await DispatchReactionAsync(raised, execution.Binding.HandlerName, message, cancellationToken).ConfigureAwait(false);
            return new(execution.Binding.HandlerName, stored.Type, stored, e);
        }
        finally
        {
            domain.Outcomes.Announce(stored.Id);
        }
    }

    /// <summary>What an error handler raised reaches its inline handlers too; their errors are its own, and go no further.</summary>
    private async ValueTask DispatchReactionAsync(IReadOnlyList<Message> raised, string handler, Message message, CancellationToken cancellationToken)
    {
        try
        {
            await domain.Inline.DispatchAsync(raised, 0, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            domain.Log.ErrorHandlerFailed(e, handler, message.Type, message.Id);
        }
    }

    private ValueTask<CommitResult> RecordFailureAsync(EnqueuedExecution execution, Exception error, CancellationToken cancellationToken) =>
        domain.Store.CommitAsync(new() { Keys = [execution.Outcome(CommandOutcome.Failure(error))] }, cancellationToken);

    private Message ToMessage(StoredMessage stored) => new()
    {
        Id = stored.Id,
        Type = stored.Type,
        Stream = stored.Stream,
        Position = stored.Position,
        GlobalPosition = stored.GlobalPosition,
        Time = stored.Time,
        Kind = stored.Kind,
        Metadata = stored.Metadata,
        Payload = domain.Model.Types.Read(stored)!,
    };
}
