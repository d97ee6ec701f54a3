namespace Protean;

/// <summary>A rule of the domain that was broken.</summary>
/// <param name="Owner">The type whose rule it is.</param>
/// <param name="Rule">The method that holds the rule.</param>
/// <param name="Message">What the rule says.</param>
public sealed record Violation(string Owner, string Rule, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Owner}: {Message}";
}

/// <summary>One or more rules of the domain were broken. All that could be seen at once are reported together.</summary>
public sealed class ValidationException : ProteanException
{
    /// <summary>Creates the exception.</summary>
    public ValidationException(IReadOnlyList<Violation> violations)
        : base(string.Join(Environment.NewLine, violations)) => Violations = violations;

    /// <summary>Creates the exception for one rule.</summary>
    public ValidationException(Violation violation)
        : this([violation])
    {
    }

    /// <summary>What was broken.</summary>
    public IReadOnlyList<Violation> Violations { get; }
}

/// <summary>An aggregate that broke one of its rules, or whose change stopped half-way, was used again.</summary>
public sealed class BrokenAggregateException(string aggregate, string reason)
    : ProteanException($"{aggregate} cannot be used any more, because {reason}. Load it again.")
{
    /// <summary>The aggregate.</summary>
    public string Aggregate { get; } = aggregate;
}

/// <summary>An event-sourced aggregate raised an event that it cannot apply.</summary>
public sealed class MissingApplyException(Type aggregate, Type @event)
    : ProteanException($"{aggregate.Name} raised {@event.Name} but has no method 'void Apply({@event.Name} e)': an event-sourced aggregate is the fold of its events, so each of them needs one.")
{
    /// <summary>The aggregate's type.</summary>
    public Type Aggregate { get; } = aggregate;

    /// <summary>The event's type.</summary>
    public Type Event { get; } = @event;
}
