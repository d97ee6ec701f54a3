namespace Protean;

/// <summary>What is known of an event that comes from outside.</summary>
public sealed record PublishOptions
{
    /// <summary>The id it has there. Default: a new one.</summary>
    public Guid? Id { get; init; }

    /// <summary>
    /// The stream it stands in there, such as <c>billing::invoice-17</c>: only handlers of that category get it. Default: none, and handlers of its type get it
    /// whatever category they listen to.
    /// </summary>
    public StreamName? Stream { get; init; }

    /// <summary>When it happened. Default: now.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>What it belongs to. Default: what is handled here, or else a new one.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Headers, which everything inherits that follows from it.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }
}
