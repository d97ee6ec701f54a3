namespace Protean.Testing;

/// <summary>Keeps what a bus publishes, in order.</summary>
internal sealed class BusHistory(bool deliver) : IBusObserver
{
    private readonly Lock _gate = new();
    private readonly List<IEvent> _events = [];

    public IReadOnlyList<IEvent> Events
    {
        get
        {
            lock (_gate)
                return [.. _events];
        }
    }

    public int Count
    {
        get
        {
            lock (_gate)
                return _events.Count;
        }
    }

    public bool Publishing(IEvent @event)
    {
        lock (_gate)
            _events.Add(@event);
        return deliver;
    }

    public void Clear()
    {
        lock (_gate)
            _events.Clear();
    }
}
