namespace Protean;

/// <summary>
/// Marks a rule that always holds: a method without parameters or result that calls <c>Ensure</c>. It is checked at every
/// <c>Raise</c> and when the aggregate is saved; all rules that are broken at once are reported together.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class InvariantAttribute : Attribute
{
    /// <summary>
    /// Whether the rule is about the state before a change instead of after it: it is judged on the state as it was loaded,
    /// or as the last <c>Raise</c> left it, and a broken one refuses the next change. Default: no.
    /// </summary>
    public bool Before { get; init; }
}
