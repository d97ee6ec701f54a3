using System.Collections.Concurrent;

namespace Protean;

/// <summary>Takes an event that comes from outside, and is not recorded, to the handlers that run in process.</summary>
internal sealed class EventPublisher(Domain domain)
{
    private readonly ConcurrentDictionary<(Type, string), bool> _unheard = new();

    public async Task PublishAsync(IEvent @event, PublishOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(@event);
        cancellationToken.ThrowIfCancellationRequested();
        await domain.EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        var type = @event.GetType();
        var sameCommit = domain.Model.SameCommitHandlersOf(type);
        var inline = domain.Model.InlineHandlersOf(type);
        var message = sameCommit.Length + inline.Length > 0 ? ToMessage(@event, options) : null;
        var inSameCommit = message is not null && Array.Exists(sameCommit, h => h.Listens(message));
        if (message is null || (!inSameCommit && !Array.Exists(inline, h => h.Listens(message))))
        {
            var category = options?.Stream?.Category ?? "any category";
            if (_unheard.TryAdd((type, category), true))
                domain.Log.PublishedUnheard(type.Name, category);
            return;
        }

        var depth = HandlerContext.Current?.Depth ?? 0;
        if (depth >= domain.Model.MaxEventDepth)
            throw new EventDepthExceededException(message, domain.Model.MaxEventDepth);
        using var activity = Telemetry.Start("publish", type.Name);
        var execution = new PublishedEvent(message, depth);
        execution.Scope = domain.ScopeOfCall(execution);
        try
        {
            var raised = inSameCommit ? (await domain.Runner.RunAsync(execution, cancellationToken).ConfigureAwait(false)).Raised : [];
            await domain.Inline.DispatchAsync([message, .. raised], depth, execution.Scope, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!inSameCommit)
        {
            // Nothing was asked for but to handle it, and that has failed: whoever brought it may bring it again.
            Unmark(e);
            throw;
        }
        finally
        {
            await execution.EndAsync().ConfigureAwait(false);
        }
    }

    private static void Unmark(Exception error)
    {
        AfterCommit.Unmark(error);
        foreach (var inner in (error as AggregateException)?.InnerExceptions ?? [])
            AfterCommit.Unmark(inner);
    }

    private Message ToMessage(IEvent payload, PublishOptions? options)
    {
        var type = domain.Model.Types.Of(payload.GetType());
        var now = domain.Time.GetUtcNow();
        var id = options?.Id ?? Guid.CreateVersion7(now);
        var kind = payload is INotificationEvent ? MessageKind.Notification : MessageKind.Event;
        return new()
        {
            Id = id,
            Type = type.Name,
            EventCategory = type.Category,
            Stream = options?.Stream ?? StreamName.Create($"{domain.Model.Prefix}::published", id.ToString()),
            IsForAnyCategory = options?.Stream is null,
            Time = options?.Time ?? now,
            Kind = kind,
            Metadata = domain.Enrich(payload, kind, null, MetadataOf(options)),
            Payload = payload,
        };
    }

    private static MessageMetadata MetadataOf(PublishOptions? options)
    {
        if (HandlerContext.Current?.Cause is not { } cause)
            return Causation.Beginning(options?.CorrelationId, options?.Headers);
        var metadata = Causation.Of(cause);
        return metadata with { CorrelationId = options?.CorrelationId ?? metadata.CorrelationId, Headers = options?.Headers ?? metadata.Headers };
    }

    /// <summary>The handlers that belong to the commit of what is published: there is none but their own.</summary>
    private sealed class PublishedEvent(Message message, int depth) : Execution<Nothing>("publish", ConflictRetry.Default, message, depth)
    {
        public override bool IsWrapped => false;

        public override async ValueTask<Nothing> InvokeAsync(HandlerContext context)
        {
            await SameCommitHandlers.RunAsync(context.Unit, Message, Depth + 1, context.CancellationToken).ConfigureAwait(false);
            return default;
        }
    }
}
