using Polly;

namespace Protean;

/// <summary>What a handler was told about its delivery.</summary>
internal sealed class DeliveryDeclaration
{
    public DeliveryOptions Options { get; init; } = new();

    /// <summary>Whether anything was said at all.</summary>
    public bool IsSaid =>
        Resilience is not null || PartitionKeys.Count > 0 || StartFrom is not null
        || typeof(DeliveryOptions).GetProperties().Any(p => p.GetValue(Options) is not null);

    /// <summary>Where it begins; none is the beginning, and for a safety net now.</summary>
    public StartFrom? StartFrom { get; set; }

    /// <summary>The types of exceptions that may go away; none given is what calls itself transient, and time-outs.</summary>
    public IReadOnlyList<Type> TransientErrors { get; set; } = [];

    /// <summary>Builds the handler's own pipeline around each call.</summary>
    public Action<ResiliencePipelineBuilder>? Resilience { get; set; }

    /// <summary>What messages are cut into partitions by, for each type of event; what has none is cut by its stream.</summary>
    public Dictionary<Type, PartitionKey> PartitionKeys { get; } = [];

    /// <summary>Keys that messages were cut by before, as far as the handler still knows them.</summary>
    public List<(Type Type, PartitionKey Key)> FormerPartitionKeys { get; } = [];
}
