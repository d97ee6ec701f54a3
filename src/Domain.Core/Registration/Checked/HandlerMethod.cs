namespace Protean;

internal delegate ValueTask InvokeHandler(object payload, HandlerContext context);

internal delegate ValueTask InvokeErrorHandler(Exception error, Message message, HandlerContext context);

/// <summary>One method of an event handler. Each call of one runs in its own unit of work.</summary>
/// <param name="Name">The name within the handler, under which its failures are kept.</param>
/// <param name="EventType">The event it handles; none for any.</param>
/// <param name="Invoke">Calls it.</param>
/// <param name="IncludeDerived">Whether events of derived types are its own too.</param>
internal sealed record HandlerMethod(string Name, Type? EventType, InvokeHandler Invoke, bool IncludeDerived = false)
{
    public const string AnyName = "$any";

    /// <summary>What stands around its calls, if anything.</summary>
    public HandlerGuard? Guard { get; init; }

    /// <summary>What stands in when it fails, if anything.</summary>
    public InvokeHandler? Fallback { get; init; }

    /// <summary>Calls it, or what stands in for it.</summary>
    public async ValueTask<Nothing> InvokeAsync(object payload, HandlerContext context)
    {
        var invoke = context.Error is null ? Invoke : Fallback!;
        await invoke(payload, context).ConfigureAwait(false);
        return default;
    }

    public bool Handles(Type eventType) => EventType == eventType || (IncludeDerived && EventType!.IsAssignableFrom(eventType));
}

/// <summary>When an event handler runs.</summary>
public enum HandlerMode
{
    /// <summary>In the Engine.</summary>
    Engine,

    /// <summary>After the commit that raised the event, before the caller's call returns.</summary>
    Inline,

    /// <summary>In the unit of work that raised the event: its failure rolls everything back.</summary>
    InSameCommit,
}
