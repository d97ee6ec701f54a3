namespace Protean;

/// <summary>Adds headers to a message that is about to be recorded.</summary>
public delegate void Enrich(EnrichmentContext context);

/// <summary>A message that is about to be recorded.</summary>
public sealed class EnrichmentContext
{
    private readonly MessageMetadata _metadata;
    private Dictionary<string, string>? _headers;

    internal EnrichmentContext(object payload, MessageKind kind, AggregateRoot? aggregate, MessageMetadata metadata, IServiceProvider services)
    {
        Payload = payload;
        Kind = kind;
        Aggregate = aggregate;
        _metadata = metadata;
        Services = services;
    }

    /// <summary>The event or command.</summary>
    public object Payload { get; }

    /// <summary>What the message is.</summary>
    public MessageKind Kind { get; }

    /// <summary>The aggregate that raised it; none for commands.</summary>
    public AggregateRoot? Aggregate { get; }

    /// <summary>The services of the host; scoped ones are not among them.</summary>
    public IServiceProvider Services { get; }

    /// <summary>The headers it has so far, those of its cause included.</summary>
    public IReadOnlyDictionary<string, string> Headers => _headers ?? _metadata.Headers;

    /// <summary>The metadata with what was added; the same instance if nothing was.</summary>
    internal MessageMetadata Result => _headers is null ? _metadata : _metadata with { Headers = _headers };

    /// <summary>Adds or replaces a header of this message and of all that follow from it.</summary>
    public void Set(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        _headers ??= new Dictionary<string, string>(_metadata.Headers);
        _headers[name] = value;
    }
}
