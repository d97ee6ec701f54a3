using Protean.Storage;

namespace Protean.Engine;

/// <summary>The newest messages of the log, bounded in count and bytes. Not for several threads at once.</summary>
internal sealed class TailWindow(long head)
{
    private const int MostMessages = 4096;
    private const long MostBytes = 16 * 1024 * 1024;

    private readonly List<StoredMessage> _messages = [];
    private int _first;
    private long _bytes;

    /// <summary>The window holds everything wanted that comes after this position.</summary>
    public long From { get; private set; } = head;

    /// <summary>It reaches to this position.</summary>
    public long To { get; private set; } = head;

    public void Add(StoredMessage message)
    {
        _messages.Add(message);
        _bytes += message.Body.Length;
        To = message.GlobalPosition;
        while (_messages.Count - _first > MostMessages || (_bytes > MostBytes && _messages.Count - _first > 1))
            Drop();
    }

    /// <summary>Nothing wanted lies between the last message and this position.</summary>
    public void MoveTo(long position)
    {
        if (position > To)
            To = position;
    }

    /// <returns>How far the copy goes; nothing if the window begins later.</returns>
    public long? TryCopy(long after, int maxCount, List<StoredMessage> into)
    {
        if (after < From)
            return null;
        var at = IndexAfter(after);
        var end = Math.Min(_messages.Count, at + maxCount);
        for (var i = at; i < end; i++)
            into.Add(_messages[i]);
        return end == _messages.Count ? Math.Max(To, after) : _messages[end - 1].GlobalPosition;
    }

    /// <returns>Nothing if the position lies outside of the window.</returns>
    public bool? Holds(long position, Guid id)
    {
        if (position <= From || position > To)
            return null;
        var at = IndexAfter(position - 1);
        return at < _messages.Count && _messages[at].GlobalPosition == position && _messages[at].Id == id;
    }

    private int IndexAfter(long position)
    {
        var (low, high) = (_first, _messages.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_messages[middle].GlobalPosition <= position)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private void Drop()
    {
        var message = _messages[_first];
        From = message.GlobalPosition;
        _bytes -= message.Body.Length;
        _messages[_first++] = null!;
        if (_first < MostMessages)
            return;
        _messages.RemoveRange(0, _first);
        _first = 0;
    }
}
