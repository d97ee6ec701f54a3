namespace Protean.Benchmarks.Chaos.Deliveries.Books;

/// <summary>What all event handlers of the run are told.</summary>
/// <param name="Source">The id of the source.</param>
/// <param name="Number">The place in the source's stream.</param>
/// <param name="Target">Which of the things is to be changed that a handler keeps.</param>
/// <param name="Trouble">What it does to one of the handlers.</param>
internal sealed record Emitted(string Source, long Number, string Target, Trouble? Trouble) : IDomainEvent
{
    /// <summary>What handlers write down of it.</summary>
    public string Entry => $"{Source}/{Number}";

    /// <summary>What all of a source is divided into, so that nothing that is kept grows with the run.</summary>
    public string Page => $"{Source}.{Number / 200}";

    /// <summary>Whether the handler that keeps journals enqueues a command for it.</summary>
    public bool HasCredit => Number % 10 == 0;
}

/// <summary>Its handling goes wrong in one handler.</summary>
/// <param name="Handler">The handler, as in <see cref="Handlers"/>.</param>
/// <param name="Kind">How.</param>
/// <param name="Begin">Since when.</param>
/// <param name="Length">For how long, if it goes by.</param>
internal sealed record Trouble(string Handler, TroubleKind Kind, DateTimeOffset Begin, TimeSpan Length)
{
    public bool IsFor(string handler, TroubleKind kind) => Handler == handler && Kind == kind;
}

internal enum TroubleKind
{
    /// <summary>The handler fails on it each time.</summary>
    Poison,

    /// <summary>The handler fails on it until some time has gone by.</summary>
    Flaky,

    /// <summary>The handler takes long.</summary>
    Slow,
}
