using System.Diagnostics;
using System.Text.Json;
using Protean.Storage;

namespace Protean;

/// <summary>Takes a command to its handler and its effects to the store.</summary>
internal sealed class CommandProcessor(Domain domain)
{
    private readonly KeyedLock _keys = new();

    public CommandBinding BindingOf(Type command) =>
        domain.Model.Commands.TryGetValue(command, out var binding) ? binding : throw new HandlerNotFoundException(command, domain.Model.Name);

    public static MessageMetadata WithOptions(MessageMetadata metadata, CommandOptions? options)
    {
        if (options is null)
            return metadata;
        if (options.IdempotencyKey is { } key)
            IdempotencyKeys.Check(key);
        var headers = metadata.Headers;
        if (options.Headers is { Count: > 0 } own)
        {
            var merged = new Dictionary<string, string>(headers);
            foreach (var (name, value) in own)
                merged[name] = value;
            headers = merged;
        }

        return metadata with
        {
            CorrelationId = options.CorrelationId ?? metadata.CorrelationId,
            Deadline = options.Deadline,
            IdempotencyKey = options.IdempotencyKey,
            Headers = headers,
        };
    }

    public async ValueTask<TResult> ProcessAsync<TResult>(IAnyCommand command, CommandOptions? options, Message? cause, int depth, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        cancellationToken.ThrowIfCancellationRequested();
        await domain.EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        var binding = (CommandBinding<TResult>)BindingOf(command.GetType());
        if (HandlerContext.Current is { } outer && outer.Nesting > domain.Model.MaxEventDepth)
            throw new EventDepthExceededException(binding.CommandType, domain.Model.MaxEventDepth);
        using var activity = Telemetry.Start("command", binding.CommandType.Name);
        var metadata = cause is null ? Causation.Beginning(null, null) : Causation.Of(cause);
        metadata = domain.Enrich(command, MessageKind.HandledCommand, null, WithOptions(metadata, options));
        var type = domain.Model.Types.Of(binding.CommandType);
        var now = domain.Time.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var message = new Message
        {
            Id = id,
            Type = type.Name,
            Stream = binding.StreamOf(command, id),
            Time = now,
            Kind = MessageKind.HandledCommand,
            Metadata = metadata,
            Payload = command,
        };
        var execution = new DirectExecution<TResult>(binding, type, message, domain.Model.Types.Write(type, command), depth);
        try
        {
            return options?.IdempotencyKey is { } key
                ? await OnceAsync(execution, key, options.ThrowOnDuplicate, cancellationToken).ConfigureAwait(false)
                : await RunAsync(execution, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);
            throw;
        }
    }

    public async Task<CommandHandle> EnqueueAsync(IAnyCommand command, CommandOptions? options, Message? cause, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        await domain.EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        var pending = PendingCommand.Prepare(domain, command, options, cause is null ? Causation.Beginning(null, null) : Causation.Of(cause));
        RefuseIfLate(pending.CommandType, options?.Deadline);
        var now = domain.Time.GetUtcNow();
        var claim = pending.Claim(now);
        try
        {
            var commit = new Commit { Appends = [new(pending.Stream, ExpectedVersion.Any, [pending.ToMessage(now)])], Keys = claim is null ? [] : [claim.Value] };
            await domain.CommitAsync(commit, cancellationToken).ConfigureAwait(false);
            return pending.Handle(domain);
        }
        catch (DuplicateKeyException) when (claim is not null)
        {
            var first = await domain.Store.GetKeyAsync(pending.Scope, claim.Value.Key, cancellationToken).ConfigureAwait(false);
            // The first has failed meanwhile and gave its key back.
            if (first is null)
                throw;
            CheckSame(pending.CommandType, first, pending.PayloadHash);
            var id = new Guid(first.Outcome.Span);
            return options!.ThrowOnDuplicate
                ? throw new DuplicateCommandException(pending.CommandType, claim.Value.Key, id, null)
                : pending.Handle(domain, id);
        }
    }

    private static void CheckSame(Type command, ClaimedKey claimed, string payloadHash)
    {
        if (claimed.PayloadHash != payloadHash)
            throw new IdempotencyKeyReusedException(command, claimed.Key);
    }

    private async ValueTask<TResult> OnceAsync<TResult>(DirectExecution<TResult> execution, string key, bool throwOnDuplicate, CancellationToken cancellationToken)
    {
        var scope = IdempotencyKeys.Scope(execution.Type, execution.Message.Metadata);
        var hash = IdempotencyKeys.Hash(execution.Body);
        RefuseToWaitForItself(execution, key);
        // Two that come at once to one process run one after the other; between processes the commit decides.
        using var turn = await _keys.EnterAsync($"{scope}/{key}", cancellationToken).ConfigureAwait(false);
        // From the commit on others are answered by what is stored: an inline handler may send the same command.
        execution.Committed = turn.Dispose;
        if (await FirstOutcomeAsync().ConfigureAwait(false) is { } first)
            return first.Result;
        try
        {
            execution.Claims = result =>
            [
                new(scope, key, hash, execution.Message.Id.ToByteArray(), domain.Time.GetUtcNow()),
                IdempotencyKeys.Outcome(execution.Message.Id, WriteResult(result), domain.Time.GetUtcNow()),
            ];
            return await RunAsync(execution, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!execution.IsCommitted && e is not OperationCanceledException)
        {
            // Another process was faster, with the key or with what the command changes.
            if (await FirstOutcomeAsync().ConfigureAwait(false) is { } other)
                return other.Result;
            throw;
        }

        async ValueTask<Outcome<TResult>?> FirstOutcomeAsync()
        {
            var claimed = await domain.Store.GetKeyAsync(scope, key, cancellationToken).ConfigureAwait(false);
            if (claimed is null)
                return null;
            CheckSame(execution.Binding.CommandType, claimed, hash);
            var id = new Guid(claimed.Outcome.Span);
            var result = await ResultOfAsync<TResult>(execution.Binding, key, id, cancellationToken).ConfigureAwait(false);
            return throwOnDuplicate
                ? throw new DuplicateCommandException(execution.Binding.CommandType, key, id, execution.Binding.ResultType is null ? null : result)
                : new(result);
        }
    }

    private async ValueTask<TResult> ResultOfAsync<TResult>(CommandBinding binding, string key, Guid id, CancellationToken cancellationToken)
    {
        var kept = await domain.Store.GetKeyAsync(IdempotencyKeys.OutcomeScope, id.ToString(), cancellationToken).ConfigureAwait(false)
            ?? throw new CommandPendingException(binding.CommandType, key, id);
        var outcome = CommandOutcome.Read(kept.Outcome.Span);
        if (outcome.Error is { } error)
            throw new CommandFailedException(binding.CommandType.Name, id, error);
        return typeof(TResult) == typeof(Nothing) ? default! : outcome.Result.Deserialize<TResult>(domain.Model.Types.Settings.Writing)!;
    }

    private void RefuseToWaitForItself<TResult>(DirectExecution<TResult> execution, string key)
    {
        for (var outer = HandlerContext.Current; outer is not null; outer = outer.Outer)
        {
            if (outer.Unit.Domain == domain && outer.Message is { Kind: MessageKind.HandledCommand } running && running.Type == execution.Type.Name && running.Metadata.IdempotencyKey == key)
                throw new InvalidOperationException($"{execution.Binding.CommandType.Name} with the idempotency key '{key}' is processed within itself, and would wait for itself: give the inner one a key of its own.");
        }
    }

    private byte[] WriteResult<TResult>(TResult result) =>
        CommandOutcome.Success(typeof(TResult) == typeof(Nothing) ? null : result, domain.Model.Types.Settings.Writing);

    /// <summary>Runs the handler, and the inline handlers of what it raised.</summary>
    public async ValueTask<TResult> RunAsync<TResult>(CommandExecution<TResult> execution, CancellationToken cancellationToken)
    {
        RefuseIfLate(execution.Binding, execution.Message);
        execution.Scope = domain.ScopeOfCall(execution);
        try
        {
            var (result, raised) = await domain.Runner.RunAsync(execution, cancellationToken).ConfigureAwait(false);
            execution.Committed?.Invoke();
            await domain.Inline.DispatchAsync(raised, execution.Depth, execution.Scope, cancellationToken).ConfigureAwait(false);
            return result;
        }
        finally
        {
            await execution.EndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>A command that is past its deadline is not begun.</summary>
    public void RefuseIfLate(CommandBinding binding, Message command) => RefuseIfLate(binding.CommandType, command.Metadata.Deadline);

    private void RefuseIfLate(Type command, DateTimeOffset? deadline)
    {
        if (deadline is not { } latest || domain.Time.GetUtcNow() <= latest)
            return;
        Telemetry.Expired.Add(1, new KeyValuePair<string, object?>("protean.command", command.Name));
        throw new DeadlineExceededException(command, latest);
    }

    private sealed record Outcome<TResult>(TResult Result);
}
