namespace Protean;

/// <summary>Nothing handles this type of command, query or streaming request.</summary>
public sealed class HandlerNotFoundException(Type request, string domain)
    : ProteanException($"No handler for {request.Name} exists in domain '{domain}': declare one with domain.CommandHandler<TAggregate>().On<{request.Name}>(…), domain.QueryHandler() for a query, or domain.StreamHandler() for what is answered item by item.")
{
    /// <summary>The type of the command, query or streaming request.</summary>
    public Type Request { get; } = request;
}

/// <summary>A command was past its deadline before it was begun. Nothing was stored.</summary>
public sealed class DeadlineExceededException(Type command, DateTimeOffset deadline)
    : ProteanException($"{command.Name} was to be begun by {deadline:O} and was not: nothing was done.")
{
    /// <summary>The type of the command.</summary>
    public Type Command { get; } = command;

    /// <summary>The deadline.</summary>
    public DateTimeOffset Deadline { get; } = deadline;
}

/// <summary>A command with this idempotency key has been sent already, and the caller asked to be told.</summary>
public sealed class DuplicateCommandException(Type command, string key, Guid commandId, object? outcome)
    : ProteanException($"{command.Name} with the idempotency key '{key}' has been sent already, as {commandId}.")
{
    /// <summary>The idempotency key.</summary>
    public string Key { get; } = key;

    /// <summary>The id of the command that was sent first.</summary>
    public Guid CommandId { get; } = commandId;

    /// <summary>What that command returned; nothing if it has no result, or was enqueued.</summary>
    public object? Outcome { get; } = outcome;
}

/// <summary>A command with this idempotency key waits for the Engine, so that it has no result yet.</summary>
public sealed class CommandPendingException(Type command, string key, Guid commandId)
    : ProteanException($"{command.Name} with the idempotency key '{key}' was enqueued as {commandId} and has not been handled yet: enqueue it again with the same key to get a handle to wait on.")
{
    /// <summary>The id of the command that was enqueued.</summary>
    public Guid CommandId { get; } = commandId;

    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>An idempotency key was used for two commands with different content.</summary>
public sealed class IdempotencyKeyReusedException(Type command, string key)
    : ProteanException($"The idempotency key '{key}' was used for another {command.Name}, with other content: use a new key for each command, and the same one only to repeat it.")
{
    /// <summary>The idempotency key.</summary>
    public string Key { get; } = key;
}

/// <summary>A command that was handed to the Engine has failed for good.</summary>
public sealed class CommandFailedException(string command, Guid id, string error)
    : ProteanException($"{command} {id} has failed: {error}")
{
    /// <summary>The id of the command.</summary>
    public Guid Id { get; } = id;
}
