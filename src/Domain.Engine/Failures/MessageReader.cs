using Protean.Storage;

namespace Protean.Engine;

/// <summary>Reads stored messages as handlers see them.</summary>
internal sealed class MessageReader(EngineContext engine, PartitionCut cut)
{
    /// <summary>Reads a message.</summary>
    /// <param name="stored">The message.</param>
    /// <param name="key">What it waits behind others by; its stream, if it cannot be read.</param>
    /// <param name="problem">Why it cannot be read.</param>
    /// <returns>Nothing if it cannot be read.</returns>
    public Message? Read(StoredMessage stored, out string key, out Exception? problem)
    {
        key = stored.Stream.Value;
        problem = null;
        try
        {
            var message = engine.Delivery.ToMessage(stored);
            key = cut.KeyOf(stored, message.Payload);
            return message;
        }
        catch (Exception error)
        {
            problem = error;
            return null;
        }
    }

    /// <summary>The message of a failure record; nothing if it is gone from the log.</summary>
    public ValueTask<StoredMessage?> FindAsync(FailureRecord record, CancellationToken cancellationToken) =>
        engine.Store.FindMessageAsync(record.MessageId, cancellationToken);
}
