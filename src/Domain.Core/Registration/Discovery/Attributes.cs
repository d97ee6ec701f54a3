namespace Protean;

/// <summary>What every attribute of a discovered event handler can say.</summary>
public abstract class DiscoveredEventHandlerAttribute : Attribute
{
    private protected DiscoveredEventHandlerAttribute(Type? partOf) => PartOf = partOf;

    /// <summary>The durable name. Default: the class name.</summary>
    public string? Name { get; init; }

    /// <summary>The category it listens to. Default: that of its aggregate.</summary>
    public string? StreamCategory { get; init; }

    /// <summary>The category its messages must have been caused by.</summary>
    public string? SourceStream { get; init; }

    internal Type? PartOf { get; }
}

/// <summary>Marks a class of event handlers that is part of an aggregate, for <see cref="DomainBuilder.Discover"/>.</summary>
/// <typeparam name="TAggregate">The aggregate.</typeparam>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EventHandlerAttribute<TAggregate>() : DiscoveredEventHandlerAttribute(typeof(TAggregate))
    where TAggregate : AggregateRoot;

/// <summary>Marks a class of event handlers that is part of no aggregate, for <see cref="DomainBuilder.Discover"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EventHandlerAttribute() : DiscoveredEventHandlerAttribute(null);

/// <summary>What every attribute of a discovered command handler can say.</summary>
public abstract class DiscoveredCommandHandlerAttribute : Attribute
{
    private protected DiscoveredCommandHandlerAttribute()
    {
    }

    /// <summary>The category its commands stand in. Default: that of the aggregate.</summary>
    public string? StreamCategory { get; init; }

    internal abstract void Declare(DomainBuilder domain, Type handler);
}

/// <summary>Marks a class of command handlers, for <see cref="DomainBuilder.Discover"/>.</summary>
/// <typeparam name="TAggregate">The aggregate its commands are for.</typeparam>
[AttributeUsage(AttributeTargets.Class)]
public sealed class CommandHandlerAttribute<TAggregate> : DiscoveredCommandHandlerAttribute
    where TAggregate : AggregateRoot
{
    internal override void Declare(DomainBuilder domain, Type handler)
    {
        var builder = domain.CommandHandler<TAggregate>().Use(handler);
        if (StreamCategory is not null)
            builder.StreamCategory(StreamCategory);
    }
}

/// <summary>Marks a class that answers queries, for <see cref="DomainBuilder.Discover"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class QueryHandlerAttribute : Attribute;

/// <summary>Marks a class that answers requests item by item, for <see cref="DomainBuilder.Discover"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StreamHandlerAttribute : Attribute;
