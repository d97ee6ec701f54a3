namespace Protean;

/// <summary>Declares the event handler class that an attribute marks.</summary>
internal sealed class DiscoveredEventHandler : EventHandlerBuilder<DiscoveredEventHandler>
{
    public DiscoveredEventHandler(DomainBuilder domain, Type handler, DiscoveredEventHandlerAttribute attribute)
        : base(domain)
    {
        PartOf = attribute.PartOf;
        Use(handler);
        if (attribute.Name is not null)
            Named(attribute.Name);
        if (attribute.StreamCategory is not null)
            StreamCategory(attribute.StreamCategory);
        if (attribute.SourceStream is not null)
            SourceStream(attribute.SourceStream);
    }

    internal override Type? PartOf { get; }
}
