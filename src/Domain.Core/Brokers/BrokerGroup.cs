namespace Protean.Brokers;

/// <summary>Programs that share the messages of some topics.</summary>
public sealed record BrokerGroup
{
    /// <summary>Into how many slots keys are cut before partitions share them: the most partitions that a group can have.</summary>
    public const int Slots = 64;

    /// <summary>The name, by which the broker keeps what the group has not consumed.</summary>
    public required string Name
    {
        get;
        init
        {
            BrokerNames.Check(value, "group");
            field = value;
        }
    }

    /// <summary>The topics; <c>{domain}.*</c> is all of a domain.</summary>
    public required IReadOnlyList<string> Topics
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Count == 0)
                throw new ArgumentException("A group without a topic gets nothing: name one.", nameof(Topics));
            foreach (var topic in value)
                BrokerNames.CheckPattern(topic);
            field = [.. value];
        }
    }

    /// <summary>Into how many partitions its messages are cut, by their keys. Each is consumed by one program at a time. A group keeps the number it began with.</summary>
    public int Partitions
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Partitions));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Slots, nameof(Partitions));
            field = value;
        }
    } = 1;

    /// <summary>How many messages a consumer may hold that are not settled.</summary>
    public int Prefetch
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Prefetch));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, ushort.MaxValue, nameof(Prefetch));
            field = value;
        }
    } = 200;

    /// <summary>The slot of a key, the same for every group and program.</summary>
    public static int SlotOf(string key) => StreamName.StableHash(key) % Slots;

    /// <summary>The partition of a key.</summary>
    public int PartitionOf(string key) => SlotOf(key) % Partitions;

    /// <summary>Refuses a partition that the group does not have; for brokers.</summary>
    public void CheckPartition(int partition)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(partition, Partitions);
    }

    /// <summary>Whether the group gets messages of a topic.</summary>
    public bool Hears(string topic)
    {
        foreach (var pattern in Topics)
        {
            if (pattern == topic || (pattern.EndsWith(BrokerNames.AnyOfDomain, StringComparison.Ordinal) && topic.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1))))
                return true;
        }

        return false;
    }
}
