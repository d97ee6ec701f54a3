namespace Protean;

/// <summary>The result of a command without one.</summary>
internal readonly record struct Nothing;

/// <summary>A command and its one handler.</summary>
internal abstract class CommandBinding
{
    public required Type CommandType { get; init; }

    public required string HandlerName { get; init; }

    public required Type? PartOf { get; init; }

    /// <summary>The category its commands stand in, with its suffix.</summary>
    public required string Category { get; init; }

    /// <summary>The id of the aggregate a command is for; nothing when the command does not say.</summary>
    public required Func<object, AggregateId>? Target { get; init; }

    public required ConflictRetry Retry { get; init; }

    public required DeliveryDeclaration Delivery { get; init; }

    public required IReadOnlyList<InvokeErrorHandler> ErrorHandlers { get; init; }

    /// <summary>What stands around its calls, if anything.</summary>
    public HandlerGuard? Guard { get; init; }

    public abstract Type? ResultType { get; }

    /// <summary>Runs a stored command, whose caller is not there to take a typed result.</summary>
    public abstract ValueTask<object?> InvokeAsync(object command, HandlerContext context);

    public StreamName StreamOf(object command, Guid commandId)
    {
        var target = Target?.Invoke(command) ?? default;
        return StreamName.Create(Category, target.Text.Length == 0 ? commandId.ToString() : target.Checked(CommandType.Name));
    }
}

internal sealed class CommandBinding<TResult>(Func<object, HandlerContext, ValueTask<TResult>> invoke, Func<object, HandlerContext, ValueTask<TResult>>? fallback = null) : CommandBinding
{
    public override Type? ResultType => typeof(TResult) == typeof(Nothing) ? null : typeof(TResult);

    /// <summary>Calls the handler, or what stands in for it.</summary>
    public ValueTask<TResult> Invoke(object command, HandlerContext context) => context.Error is null ? invoke(command, context) : fallback!(command, context);

    public override async ValueTask<object?> InvokeAsync(object command, HandlerContext context)
    {
        var result = await Invoke(command, context).ConfigureAwait(false);
        return typeof(TResult) == typeof(Nothing) ? null : result;
    }
}

/// <summary>A query and its one handler.</summary>
internal abstract record QueryBinding(Type QueryType, string HandlerName)
{
    public HandlerGuard? Guard { get; init; }

    /// <summary>The same with a guard, and with the handler that stands in for it.</summary>
    public abstract QueryBinding Guarded(HandlerGuard guard, QueryBinding? fallback);
}

internal sealed record QueryBinding<TResult>(Type QueryType, string HandlerName, Func<object, HandlerContext, ValueTask<TResult>> Invoke)
    : QueryBinding(QueryType, HandlerName)
{
    public override QueryBinding Guarded(HandlerGuard guard, QueryBinding? fallback) => this with
    {
        Guard = guard,
        Invoke = fallback is not QueryBinding<TResult> other ? Invoke : (query, context) => context.Error is null ? Invoke(query, context) : other.Invoke(query, context),
    };
}

/// <summary>A streaming request and its one handler.</summary>
internal abstract record StreamBinding(Type RequestType, string HandlerName)
{
    public HandlerGuard? Guard { get; init; }

    /// <summary>The same with a guard, and with the handler that stands in for it.</summary>
    public abstract StreamBinding Guarded(HandlerGuard guard, StreamBinding? fallback);
}

internal sealed record StreamBinding<TItem>(Type RequestType, string HandlerName, Func<object, HandlerContext, IAsyncEnumerable<TItem>> Invoke)
    : StreamBinding(RequestType, HandlerName)
{
    public override StreamBinding Guarded(HandlerGuard guard, StreamBinding? fallback) => this with
    {
        Guard = guard,
        Invoke = fallback is not StreamBinding<TItem> other ? Invoke : (request, context) => context.Error is null ? Invoke(request, context) : other.Invoke(request, context),
    };
}
