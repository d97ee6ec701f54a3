namespace Protean;

/// <summary>How a subscriber of the event bus hears of events.</summary>
public sealed class SubscriptionOptions
{
    internal const int DefaultQueueCapacity = 1_000;

    /// <summary>The longest time that a timer can wait.</summary>
    internal static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    internal static readonly SubscriptionOptions Default = new();

    /// <summary>What logs and metrics call it. Default: the class, or the declaring type and the method of the delegate.</summary>
    public string? Name
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value);
            field = value;
        }
    }

    /// <summary>Hears only of events of these categories. Default: of all.</summary>
    public IReadOnlyList<EventCategory>? Categories
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Count == 0)
                throw new ArgumentException("A subscription to no category hears of nothing: name one, or leave Categories out.", nameof(Categories));
            foreach (var category in value)
                EventCategories.Check(category, nameof(Categories));
            field = [.. value];
        }
    }

    /// <summary>How many events it handles at once; the others wait, in order. Default: any number, in the background 1.</summary>
    public int? MaxConcurrency
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 0, 1, nameof(MaxConcurrency));
            field = value;
        }
    }

    /// <summary>
    /// How long it may take for one event: then its token is cancelled, the publisher waits no longer, and it has failed on the event. It runs on a thread
    /// of its own, so that its limit is seen even if it blocks. Default: none.
    /// </summary>
    public TimeSpan? TimeLimit
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value ?? TimeSpan.Zero, TimeSpan.Zero, nameof(TimeLimit));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value ?? TimeSpan.Zero, LongestWait, nameof(TimeLimit));
            field = value;
        }
    }

    /// <summary>Whether the publisher does not wait: events stand in a queue, and are handled in order. Default: no.</summary>
    public bool Background { get; init; }

    /// <summary>How many events the queue of a subscriber in the background holds. When it is full, publishers wait for a place. Default: 1,000.</summary>
    public int? QueueCapacity
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 0, 1, nameof(QueueCapacity));
            field = value;
        }
    }

    internal void Check()
    {
        if (QueueCapacity is not null && !Background)
            throw new ArgumentException("QueueCapacity is for subscribers in the background: set Background, or leave QueueCapacity out.", nameof(QueueCapacity));
    }

    internal bool Hears(EventCategory category) => Categories is null || Categories.Contains(category);

    internal bool IsSameAs(SubscriptionOptions other) =>
        ReferenceEquals(this, other)
        || (Name == other.Name && MaxConcurrency == other.MaxConcurrency && TimeLimit == other.TimeLimit && Background == other.Background
            && QueueCapacity == other.QueueCapacity && (Categories ?? []).Order().SequenceEqual((other.Categories ?? []).Order()));
}
