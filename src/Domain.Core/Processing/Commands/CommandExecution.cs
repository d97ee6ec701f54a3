using Protean.Storage;

namespace Protean;

/// <summary>One command on its way through its handler.</summary>
internal abstract class CommandExecution<TResult>(CommandBinding binding, Message message, int depth)
    : Execution<TResult>(binding.HandlerName, binding.Retry, message, depth)
{
    public CommandBinding Binding => binding;

    /// <summary>Is called when the effects are stored, before inline handlers run.</summary>
    public Action? Committed { get; set; }

    public override HandlerGuard? Guard => binding.Guard;
}

/// <summary>A command whose caller waits. It is recorded in the commit of its effects.</summary>
internal sealed class DirectExecution<TResult>(CommandBinding<TResult> binding, MessageType type, Message message, byte[] body, int depth)
    : CommandExecution<TResult>(binding, message, depth)
{
    private readonly CommandBinding<TResult> _binding = binding;

    public MessageType Type => type;

    public byte[] Body => body;

    /// <summary>Claims the caller's idempotency key, if there is one, and keeps the outcome.</summary>
    public Func<TResult, List<KeyClaim>>? Claims { get; set; }

    public override ValueTask<TResult> InvokeAsync(HandlerContext context) => _binding.Invoke(Message.Payload, context);

    public override void Contribute(UnitExtras extras, TResult result)
    {
        extras.HandledCommand = (Message.Stream, NewMessage.Create(Message.Id, type.Name, MessageKind.HandledCommand, Message.Time, body, Message.Metadata));
        if (Claims is not null)
            extras.Keys = Claims(result);
    }
}

/// <summary>A command that was stored to be handled later. Its outcome is kept for whoever holds its handle.</summary>
internal sealed class EnqueuedExecution(CommandBinding binding, Message message, Domain domain) : CommandExecution<object?>(binding, message, 0)
{
    public override ValueTask<object?> InvokeAsync(HandlerContext context) => Binding.InvokeAsync(Message.Payload, context);

    public override void Contribute(UnitExtras extras, object? result)
    {
        extras.KeyReleases = [IdempotencyKeys.ReleaseFailure(Message.Id)];
        extras.Keys = [IdempotencyKeys.Outcome(Message.Id, CommandOutcome.Success(result, domain.Model.Types.Settings.Writing), domain.Time.GetUtcNow())];
    }
}
