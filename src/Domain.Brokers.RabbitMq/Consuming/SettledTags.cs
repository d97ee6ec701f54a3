namespace Protean.Brokers.RabbitMq;

/// <summary>Which deliveries of a channel are settled, so that many are acknowledged with one word.</summary>
internal sealed class SettledTags
{
    private readonly HashSet<ulong> _above = [];
    private ulong _upTo;

    public void Add(ulong tag)
    {
        _above.Add(tag);
        while (_above.Remove(_upTo + 1))
            _upTo++;
    }

    /// <summary>How many of these, which are in order and not settled, are the oldest of all that are not settled.</summary>
    public int CountOldest(IReadOnlyList<ulong> tags)
    {
        var next = _upTo + 1;
        for (var i = 0; i < tags.Count; i++, next++)
        {
            while (_above.Contains(next))
                next++;
            if (tags[i] != next)
                return i;
        }

        return tags.Count;
    }
}
