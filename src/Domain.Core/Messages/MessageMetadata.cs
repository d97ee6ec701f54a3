using System.Collections.Frozen;

namespace Protean;

/// <summary>Where a message comes from. One instance is shared by all messages that have the same cause.</summary>
public sealed record MessageMetadata
{
    /// <summary>No headers.</summary>
    public static readonly IReadOnlyDictionary<string, string> NoHeaders = FrozenDictionary<string, string>.Empty;

    /// <summary>What all messages share that follow from one beginning.</summary>
    public required string CorrelationId { get; init; }

    /// <summary>The id of the message that directly caused this one.</summary>
    public Guid? CausationId { get; init; }

    /// <summary>The stream in which the direct cause stands.</summary>
    public string? CauseStream { get; init; }

    /// <summary>The last hop: the stream of the event behind the command, or of the direct cause.</summary>
    public string? OriginStream { get; init; }

    /// <summary>The stream in which the chain began.</summary>
    public string? RootStream { get; init; }

    /// <summary>The W3C trace context of the activity that recorded the message.</summary>
    public string? TraceParent { get; init; }

    /// <summary>When a command is no longer to be begun.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>The caller's key that makes a command happen once.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>What the user adds: tenant and the like. Visible in everything that follows from the message.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = NoHeaders;
}
