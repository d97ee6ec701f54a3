namespace Protean;

/// <summary>One call of a handler on one message, which may take several tries.</summary>
internal abstract class Execution<TResult>(string handler, ConflictRetry retry, Message message, int depth) : CallScope
{
    public string Handler => handler;

    public ConflictRetry Retry => retry;

    public Message Message => message;

    public int Depth => depth;

    /// <summary>What stands around its calls, if anything.</summary>
    public virtual HandlerGuard? Guard => null;

    /// <summary>What the handler has failed with, from when its fallback is called.</summary>
    public Exception? Error { get; set; }

    /// <summary>Whether middleware wraps it as a whole.</summary>
    public virtual bool IsWrapped => true;

    /// <summary>Where its unit of work reads and writes; none is the store itself. Whoever gives one calls it through its guard, and through whatever else stands around the call.</summary>
    public Workspace? Workspace { get; init; }

    /// <summary>The services it shares with the rest of its call; none where each handler has its own.</summary>
    public CallScope? Scope { get; set; }

    /// <summary>Whether the handler was called.</summary>
    public bool IsBegun { get; set; }

    /// <summary>Whether its effects are stored: what fails after it was set off by them.</summary>
    public bool IsCommitted { get; set; }

    public abstract ValueTask<TResult> InvokeAsync(HandlerContext context);

    /// <summary>Adds to the commit of the effects what processing itself wants stored with them.</summary>
    public virtual void Contribute(UnitExtras extras, TResult result)
    {
    }
}
