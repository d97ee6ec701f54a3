using Protean.Storage;

namespace Protean.Engine;

/// <summary>One method that is called with a message, and fails or succeeds for itself.</summary>
internal abstract class Call(string method)
{
    public string Method => method;

    /// <summary>What stands around its calls, if anything.</summary>
    public abstract HandlerGuard? Guard { get; }

    /// <summary>Calls it; with an error that it failed with, its fallback. What is done is committed into the workspace.</summary>
    public abstract ValueTask InvokeAsync(Message message, Exception? failed, Workspace workspace, CancellationToken cancellationToken);

    /// <summary>Logs its failure and tells its error handlers, whose effects go into the workspace.</summary>
    public abstract ValueTask ReactAsync(Exception error, Message message, Workspace workspace, CancellationToken cancellationToken);

    /// <summary>Whether a message came too late, which is not tried again and of which no error handler is told.</summary>
    public virtual bool IsOver(Exception error, Message message) => false;

    /// <summary>What is stored beside the failure record; nothing if there is nothing.</summary>
    public virtual Commit? OnFailure(StoredMessage message, Exception error) => null;
}

/// <summary>A method of an event handler or projection.</summary>
internal sealed class EventCall(Domain domain, EventHandlerModel handler, HandlerMethod method) : Call(method.Name)
{
    private readonly HandlerMethod _method = method;

    public override HandlerGuard? Guard => _method.Guard;

    public override ValueTask InvokeAsync(Message message, Exception? failed, Workspace workspace, CancellationToken cancellationToken)
    {
        var handled = domain.Invoker.HandleAsync(handler, _method, message, 0, cancellationToken, workspace, failed: failed);
        if (!handled.IsCompletedSuccessfully)
            return new(handled.AsTask());
        _ = handled.Result;
        return default;
    }

    public override async ValueTask ReactAsync(Exception error, Message message, Workspace workspace, CancellationToken cancellationToken) =>
        await domain.Invoker.ReactAsync(handler, _method, error, message, 0, cancellationToken, workspace).ConfigureAwait(false);
}

/// <summary>The one handler of a command.</summary>
internal sealed class CommandCall(MessageDelivery delivery, CommandBinding binding, string method) : Call(method)
{
    public override HandlerGuard? Guard => binding.Guard;

    public override async ValueTask InvokeAsync(Message message, Exception? failed, Workspace workspace, CancellationToken cancellationToken)
    {
        await delivery.HandleCommandAsync(binding, message, failed, workspace, cancellationToken).ConfigureAwait(false);
        Telemetry.Handled.Add(1, Telemetry.Of(binding.HandlerName));
    }

    public override ValueTask ReactAsync(Exception error, Message message, Workspace workspace, CancellationToken cancellationToken)
    {
        Telemetry.Failed.Add(1, Telemetry.Of(binding.HandlerName));
        return delivery.ReactAsync(binding, error, message, workspace, cancellationToken);
    }

    /// <summary>A command that the handler itself sends may be late, too: that is a failure.</summary>
    public override bool IsOver(Exception error, Message message) =>
        error is DeadlineExceededException late && late.Command == binding.CommandType && late.Deadline == message.Metadata.Deadline;

    public override Commit OnFailure(StoredMessage message, Exception error) => delivery.CommandFailure(message, error);
}
