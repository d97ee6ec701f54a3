using System.Collections.Concurrent;

namespace Protean.Testing;

/// <summary>An event handler that keeps what it is given, for tests to look at.</summary>
public sealed class RecordingSubscriber
{
    private readonly ConcurrentQueue<Message> _messages = new();
    private StateFormat _format = StateFormat.Default;

    internal RecordingSubscriber(string name) => Name = name;

    /// <summary>The name of the handler.</summary>
    public string Name { get; }

    /// <summary>What it was given, in order.</summary>
    public IReadOnlyList<Message> Messages => [.. _messages];

    /// <summary>The events of one type, or of types that derive from it, in order.</summary>
    public IReadOnlyList<TEvent> Of<TEvent>() => [.. _messages.Select(m => m.Payload).OfType<TEvent>()];

    /// <summary>Forgets what it was given.</summary>
    public void Clear() => _messages.Clear();

    /// <summary>Fails unless it was given exactly these events in this order.</summary>
    /// <exception cref="DomainAssertionException">It was not; the message shows both side by side.</exception>
    public void ShouldHaveReceived(params IReadOnlyList<IEvent> expected) =>
        SideBySide.CheckAll($"The events that '{Name}' received", expected, [.. _messages.Select(m => m.Payload)], _format.Options);

    internal void Add(Message message, DomainModel model)
    {
        _format = model.StateFormat;
        _messages.Enqueue(message);
    }
}

/// <summary>Adds recording subscribers to a domain.</summary>
public static class RecordingSubscriberExtensions
{
    /// <summary>Adds a handler that keeps what it is given.</summary>
    /// <param name="domain">The domain that is being declared.</param>
    /// <param name="category">The category it listens to. Default: everything.</param>
    /// <param name="sourceStream">The category its messages must have been caused by.</param>
    /// <param name="name">The name of the handler.</param>
    public static RecordingSubscriber AddRecorder(this DomainBuilder domain, string category = StreamName.All, string? sourceStream = null, string name = "recorder")
    {
        ArgumentNullException.ThrowIfNull(domain);
        var recorder = new RecordingSubscriber(name);
        var handler = domain.EventHandler().Named(name).StreamCategory(category).OnAny((message, context) => recorder.Add(message, context.Domain.Model));
        if (sourceStream is not null)
            handler.SourceStream(sourceStream);
        return recorder;
    }
}
