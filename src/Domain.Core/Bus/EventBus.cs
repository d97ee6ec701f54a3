using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Protean;

/// <summary>The event bus of a process, with a domain or without.</summary>
internal sealed class EventBus : IEventBus, ICommittedEvents, IAsyncDisposable, IDisposable
{
    private readonly Lock _subscribing = new();
    private readonly ConcurrentDictionary<Type, EventFacts> _facts = new();
    private readonly Domain? _domain;
    private readonly IBusObserver? _observer;
    private readonly BusContext _context;
    private readonly TimeSpan _drainLimit;
    private volatile BusTable _table;
    private Task? _stopped;

    public EventBus(DomainLog log, TimeProvider time, TimeSpan drainLimit, Domain? domain = null, IBusObserver? observer = null)
    {
        _domain = domain;
        _observer = observer;
        _drainLimit = drainLimit;
        _context = new(log, time);
        _table = new([], FactsOf);
    }

    public ValueTask PublishAsync<TEvent>(TEvent @event, CancellationToken cancellationToken = default) where TEvent : IEvent
    {
        if (@event is null)
            throw new ArgumentNullException(nameof(@event), $"There is no {DomainNaming.ClassName(typeof(TEvent))} to publish: the event is null.");
        return Publish(@event, cancellationToken);
    }

    public ValueTask PublishCommittedAsync(IEvent @event) => DeliverAsync(@event, CancellationToken.None);

    public IDisposable Subscribe<TEvent>(Action<TEvent> handler, SubscriptionOptions? options = null) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Subscribe<TEvent>(handler, options, (e, _) =>
        {
            handler((TEvent)e);
            return ValueTask.CompletedTask;
        });
    }

    public IDisposable Subscribe<TEvent>(Func<TEvent, Task> handler, SubscriptionOptions? options = null) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Subscribe<TEvent>(handler, options, (e, _) => new(handler((TEvent)e)));
    }

    public IDisposable Subscribe<TEvent>(Func<TEvent, CancellationToken, Task> handler, SubscriptionOptions? options = null) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Subscribe<TEvent>(handler, options, (e, cancellationToken) => new(handler((TEvent)e, cancellationToken)));
    }

    public IDisposable Subscribe<TEvent>(Func<TEvent, CancellationToken, ValueTask> handler, SubscriptionOptions? options = null) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Subscribe<TEvent>(handler, options, (e, cancellationToken) => handler((TEvent)e, cancellationToken));
    }

    /// <summary>Subscribes one method of a class.</summary>
    public void Subscribe(Type subscriber, Type eventType, SubscriptionOptions? options, InvokeSubscriber invoke) =>
        Add(subscriber, true, DomainNaming.ClassName(subscriber), eventType, options, invoke);

    /// <summary>Finishes what goes on within the limit, then cancels the rest. Whatever is published afterwards reaches nobody.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        lock (_subscribing)
            return _stopped ??= DrainAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _context.Dispose();
    }

    /// <summary>For containers that are not disposed asynchronously: nobody waits.</summary>
    public void Dispose() => _context.Load.Close();

    private EventFacts FactsOf(Type type) => _facts.GetOrAdd(type, static (t, domain) => EventFacts.Of(t, domain), _domain);

    private Handle Subscribe<TEvent>(Delegate handler, SubscriptionOptions? options, InvokeSubscriber invoke) =>
        Add(DelegateIdentity.Of(handler), false, SubscriberName.Of(handler), typeof(TEvent), options, invoke);

    private Handle Add(object identity, bool hasManyMethods, string name, Type eventType, SubscriptionOptions? options, InvokeSubscriber invoke)
    {
        options?.Check();
        lock (_subscribing)
        {
            var subscribers = _table.Subscribers;
            var subscriber = Array.Find(subscribers, s => s.Identity.Equals(identity));
            if (subscriber is null)
                subscribers = [.. subscribers, subscriber = new(identity, hasManyMethods, options?.Name ?? name, options ?? SubscriptionOptions.Default, _context)];
            else if (options is not null && !subscriber.Options.IsSameAs(options))
                throw new InvalidOperationException($"{name} has subscribed already, with other options: a subscriber has one set of them. Give both subscriptions the same, or dispose the first one before.");
            subscriber.Add(eventType, invoke);
            _table = new(subscribers, FactsOf);
            return new(this, subscriber, eventType);
        }
    }

    private void Remove(Subscriber subscriber, Type eventType)
    {
        lock (_subscribing)
        {
            subscriber.Remove(eventType);
            _table = new(subscriber.IsSubscribed ? _table.Subscribers : [.. _table.Subscribers.Where(s => s != subscriber)], FactsOf);
        }
    }

    private ValueTask Publish(IEvent @event, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        if (_domain is null)
            return DeliverAsync(@event, cancellationToken);
        if (HandlerContext.OpenUnitIn(_domain) is { } unit)
        {
            unit.Publish(@event);
            return ValueTask.CompletedTask;
        }

        return _table.RouteOf(@event.GetType()).Facts.IsRecorded && !_context.Load.IsClosed
            ? RecordAsync(_domain, @event, cancellationToken)
            : DeliverAsync(@event, cancellationToken);
    }

    /// <summary>Subscribers hear of it from the commit.</summary>
    private static async ValueTask RecordAsync(Domain domain, IEvent @event, CancellationToken cancellationToken)
    {
        var unit = domain.BeginUnitOfWork();
        unit.Publish(@event);
        await unit.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private ValueTask DeliverAsync(IEvent @event, CancellationToken cancellationToken)
    {
        var route = _table.RouteOf(@event.GetType());
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new InvalidOperationException($"{route.Facts.Name} is published by its own subscribers without an end: break the loop.");
        if (!_context.Load.TryBegin())
        {
            _context.Log.PublishedAfterStop(route.Facts.Name, route.Facts.Category);
            return ValueTask.CompletedTask;
        }

        if (Telemetry.BusPublished.Enabled)
            Telemetry.BusPublished.Add(1, route.Facts.NameTag, route.Facts.CategoryTag);
        var delivering = _observer?.Publishing(@event) == false ? ValueTask.CompletedTask
            : HandlerContext.Current is null && !Telemetry.Source.HasListeners() ? Deliver(route, @event, cancellationToken)
            : DeliverApartAsync(route, @event, cancellationToken);
        if (!delivering.IsCompletedSuccessfully)
            return EndAfterAsync(delivering);
        _context.Load.End();
        return ValueTask.CompletedTask;
    }

    private async ValueTask EndAfterAsync(ValueTask delivering)
    {
        try
        {
            await delivering.ConfigureAwait(false);
        }
        finally
        {
            _context.Load.End();
        }
    }

    /// <summary>Subscribers are no part of the unit of work that goes on here: what they reach the domain through begins units of its own.</summary>
    private async ValueTask DeliverApartAsync(BusRoute route, IEvent @event, CancellationToken cancellationToken)
    {
        HandlerContext.Leave();
        using var activity = Telemetry.Start("publish", route.Facts.Name);
        activity?.SetTag("protean.event.category", route.Facts.CategoryTag.Value);
        await Deliver(route, @event, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts the subscribers in their order. As long as each completes at once, nothing is allocated.</summary>
    private ValueTask Deliver(BusRoute route, IEvent @event, CancellationToken cancellationToken)
    {
        // A publisher that cannot cancel leaves it to the stop.
        var token = cancellationToken.CanBeCanceled ? cancellationToken : _context.Stopping;
        for (var i = 0; i < route.Targets.Length; i++)
        {
            if (cancellationToken.IsCancellationRequested)
                return ValueTask.FromCanceled(cancellationToken);
            var running = route.Targets[i].RunAsync(@event, route.Facts, token);
            if (!running.IsCompletedSuccessfully)
                return DeliverRestAsync(route, @event, i + 1, running, token, cancellationToken);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Starts the rest beside the one that runs, and waits for all of them, whatever becomes of one.</summary>
    private static async ValueTask DeliverRestAsync(BusRoute route, IEvent @event, int next, ValueTask first, CancellationToken token, CancellationToken publisher)
    {
        List<ValueTask> all = [first];
        for (; next < route.Targets.Length && !publisher.IsCancellationRequested; next++)
        {
            var running = route.Targets[next].RunAsync(@event, route.Facts, token);
            if (!running.IsCompletedSuccessfully)
                all.Add(running);
        }

        var isComplete = next == route.Targets.Length;
        foreach (var running in all)
        {
            try
            {
                await running.ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                isComplete = false;
            }
        }

        if (!isComplete)
            publisher.ThrowIfCancellationRequested();
    }

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        var load = _context.Load;
        using var limit = new CancellationTokenSource(_drainLimit, _context.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await load.CloseWhenIdleAsync().WaitAsync(linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            load.Close();
            var queued = load.Queued;
            _context.Log.BusGaveUp(_drainLimit, queued, load.Count - queued);
            await _context.GiveUpAsync().ConfigureAwait(false);
        }
    }

    private sealed class Handle(EventBus bus, Subscriber subscriber, Type eventType) : IDisposable
    {
        private int _isDisposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
                bus.Remove(subscriber, eventType);
        }
    }
}

/// <summary>Takes what units of work have published, once they are committed.</summary>
internal interface ICommittedEvents
{
    ValueTask PublishCommittedAsync(IEvent @event);
}

/// <summary>Is told of each event before the subscribers.</summary>
internal interface IBusObserver
{
    /// <returns>Whether the subscribers are to hear of it.</returns>
    bool Publishing(IEvent @event);
}
