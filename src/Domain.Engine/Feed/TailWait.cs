using Protean.Storage;

namespace Protean.Engine;

/// <summary>Somebody who waits at the end of the log for a message worth waking for.</summary>
internal sealed class TailWait(Func<StoredMessage, bool> wants, IReadOnlyList<string> categories)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public IReadOnlyList<string> Categories => categories;

    public bool IsWoken { get; set; }

    /// <summary>Where the log ended before the message came.</summary>
    public long GoOnAfter { get; set; }

    public bool Wants(StoredMessage message) => wants(message);
}
