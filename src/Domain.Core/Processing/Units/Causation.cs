using System.Diagnostics;

namespace Protean;

/// <summary>What a message says of where it comes from.</summary>
internal static class Causation
{
    private const MessageKind AnyCommand = MessageKind.Command | MessageKind.HandledCommand;

    /// <summary>For what nothing recorded has caused.</summary>
    public static MessageMetadata Beginning(string? correlationId, IReadOnlyDictionary<string, string>? headers) => new()
    {
        CorrelationId = correlationId ?? Guid.CreateVersion7().ToString(),
        TraceParent = TraceParent,
        Headers = headers ?? MessageMetadata.NoHeaders,
    };

    /// <summary>For what a message has caused.</summary>
    public static MessageMetadata Of(Message cause) => new()
    {
        CorrelationId = cause.Metadata.CorrelationId,
        CausationId = cause.Id,
        CauseStream = cause.Stream.Value,
        // Behind a command stands the event that caused it; a command from outside has nothing behind it.
        OriginStream = (cause.Kind & AnyCommand) != 0 ? cause.Metadata.OriginStream : cause.Stream.Value,
        RootStream = cause.Metadata.RootStream ?? cause.Stream.Value,
        TraceParent = TraceParent,
        Headers = cause.Metadata.Headers,
    };

    private static string? TraceParent => Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null;
}
