using System.Collections;

namespace Protean.Storage.InMemory;

/// <summary>Messages as they stand in the store, handed out without a copy and without a way to change them.</summary>
internal sealed class MessageSlice(ReadOnlyMemory<StoredMessage> messages) : IReadOnlyList<StoredMessage>
{
    public int Count => messages.Length;

    public StoredMessage this[int index] => messages.Span[index];

    public IEnumerator<StoredMessage> GetEnumerator()
    {
        for (var i = 0; i < messages.Length; i++)
            yield return messages.Span[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
