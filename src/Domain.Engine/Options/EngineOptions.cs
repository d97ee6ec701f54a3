namespace Protean.Engine;

/// <summary>
/// How the engine of a node works, and what it delivers by. The configuration is read first (section <c>Protean</c>); code sees what it said, and
/// has the last word.
/// </summary>
public sealed class EngineOptions
{
    /// <summary>The name of this node, unique among those that share the store; 1 to 200 characters. Default: made of machine, process and a random part.</summary>
    public string? Node { get; set; }

    /// <summary>How long a node counts as alive after its last sign of life, 1 second to 1 hour. Default: 15 seconds.</summary>
    public TimeSpan LeaseTime { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a stop waits for what is running, 0 to 1 hour. Default: 10 seconds.</summary>
    public TimeSpan DrainLimit { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often failed messages are looked at that may be tried again, 0 to 1 day; 0 is as soon as one is due. Default: 30 seconds.</summary>
    public TimeSpan RecoveryInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What holds for every handler that does not say otherwise itself.</summary>
    public DeliveryOptions Server { get; } = new();

    /// <summary>Profiles of your own, by name, beside the built-in ones. Upper and lower case are the same.</summary>
    public IDictionary<string, DeliveryProfile> Profiles { get; } = new Dictionary<string, DeliveryProfile>(StringComparer.OrdinalIgnoreCase);

    /// <summary>What holds for single handlers, by their names. Upper and lower case are the same.</summary>
    public IDictionary<string, DeliveryOptions> Handlers { get; } = new Dictionary<string, DeliveryOptions>(StringComparer.OrdinalIgnoreCase);
}
