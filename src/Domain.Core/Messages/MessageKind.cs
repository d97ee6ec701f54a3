namespace Protean;

/// <summary>What a recorded message is. The values combine, so that they also serve as a filter.</summary>
[Flags]
public enum MessageKind
{
    /// <summary>No kind; matches nothing.</summary>
    None = 0,

    /// <summary>A domain event in the stream of its aggregate.</summary>
    Event = 1,

    /// <summary>A command that waits for the Engine.</summary>
    Command = 2,

    /// <summary>A command that was handled in the commit that recorded it.</summary>
    HandledCommand = 4,

    /// <summary>An event for the world outside.</summary>
    Notification = 8,

    /// <summary>The whole state of an aggregate after a commit.</summary>
    Fact = 16,

    /// <summary>Stands in place of the events that were truncated from the start of a stream.</summary>
    Baseline = 32,

    /// <summary>Closes an archived stream.</summary>
    Tombstone = 64,

    /// <summary>Every kind.</summary>
    All = Event | Command | HandledCommand | Notification | Fact | Baseline | Tombstone,
}
