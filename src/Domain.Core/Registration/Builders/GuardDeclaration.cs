namespace Protean;

/// <summary>What a handler was told about failing calls.</summary>
internal sealed class GuardDeclaration
{
    public BreakerSettings? Breaker { get; set; }

    /// <summary>Classes that stand in, each for what it handles.</summary>
    public List<(Type Class, IReadOnlyList<Type> Errors)> Classes { get; } = [];

    /// <summary>The errors for which something stands in, by type of message, as far as that was said message by message.</summary>
    public Dictionary<Type, IReadOnlyList<Type>> Errors { get; } = [];

    public bool IsEmpty => Breaker is null && Classes.Count == 0 && Errors.Count == 0;
}
