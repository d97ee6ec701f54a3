namespace Protean.Engine;

/// <summary>How far the rebuild of a projection has come.</summary>
/// <param name="Projection">The name of the projection.</param>
/// <param name="Handled">How many events it has handled.</param>
/// <param name="Position">Everything up to here is handled.</param>
/// <param name="Head">Where the log ended when this was said.</param>
/// <param name="Elapsed">How long it has taken so far.</param>
/// <param name="IsDone">Whether readers see the new copy.</param>
public sealed record RebuildProgress(string Projection, long Handled, long Position, long Head, TimeSpan Elapsed, bool IsDone = false)
{
    /// <summary>How much of the log is done, from 0 to 1.</summary>
    public double Fraction => IsDone || Head == 0 ? 1 : Math.Min(1, (double)Position / Head);
}

/// <summary>A projection could not be rebuilt: one of its methods failed on an event. Readers go on seeing the copy there was.</summary>
public sealed class RebuildFailedException(string projection, string method, Message message, Exception innerException)
    : ProteanException($"{projection} was not rebuilt: {projection}.{method} failed on {message.Type} {message.Id} at position {message.GlobalPosition}: {innerException.Message} The live copy is as it was.", innerException)
{
    /// <summary>The id of the event.</summary>
    public Guid MessageId { get; } = message.Id;

    /// <summary>The global position of the event.</summary>
    public long GlobalPosition { get; } = message.GlobalPosition;
}

/// <summary>A rebuild was ended, because another one of the same projection was begun after it.</summary>
public sealed class RebuildSupersededException(string projection, Exception innerException)
    : ProteanException($"The rebuild of {projection} was ended, because another one was begun after it, here or on another node.", innerException);
