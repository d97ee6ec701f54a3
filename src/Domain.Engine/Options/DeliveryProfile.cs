namespace Protean.Engine;

/// <summary>A profile of your own: a set of values with a name.</summary>
public sealed class DeliveryProfile
{
    /// <summary>The built-in profile whose values hold where this one has none: <c>production</c>, <c>fast</c>, <c>batch</c>, <c>debug</c> or <c>projection</c>. Default: none.</summary>
    public string? Inherits { get; set; }

    /// <summary>The values.</summary>
    public DeliveryOptions Delivery { get; } = new();
}
