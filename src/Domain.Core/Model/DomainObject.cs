using System.Runtime.CompilerServices;

namespace Protean;

/// <summary>What aggregates and entities have in common: rules.</summary>
public abstract class DomainObject
{
    private protected DomainObject()
    {
    }

    /// <summary>Throws when a rule does not hold.</summary>
    /// <param name="holds">Whether the rule holds.</param>
    /// <param name="message">What the rule says, in the words of the domain.</param>
    /// <param name="rule">The method that holds the rule; filled in by the compiler.</param>
    /// <exception cref="ValidationException">The rule does not hold.</exception>
    protected void Ensure(bool holds, string message, [CallerMemberName] string rule = "")
    {
        if (holds)
            return;
        RuleBroken();
        throw new ValidationException(new Violation(GetType().Name, rule, message));
    }

    /// <summary>Throws when any of several rules does not hold, with all that do not.</summary>
    /// <param name="rules">Each rule and what it says.</param>
    /// <exception cref="ValidationException">At least one rule does not hold.</exception>
    protected void EnsureAll(params ReadOnlySpan<(bool Holds, string Message)> rules)
    {
        List<Violation>? violations = null;
        foreach (var (holds, message) in rules)
        {
            if (!holds)
                (violations ??= []).Add(new(GetType().Name, nameof(EnsureAll), message));
        }

        if (violations is null)
            return;
        RuleBroken();
        throw new ValidationException(violations);
    }

    /// <summary>Told before an <c>Ensure</c> throws.</summary>
    private protected abstract void RuleBroken();
}
