using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Protean.Engine;

/// <summary>Delivers what is stored to the handlers of a domain: every message once, in order, whatever fails.</summary>
public sealed class DomainEngine : IAsyncDisposable
{
    private readonly EngineContext _engine;
    private readonly EngineSettings _settings;
    private readonly Dictionary<string, Subscription> _subscriptions;
    private readonly PartitionSet _running;
    private readonly NodeAgent _agent;
    private readonly IReadOnlyList<Receiver> _receivers;
    private readonly RecoveryScan _recovery;
    private readonly StatusReader _status;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Task _beginning = Task.CompletedTask;
    private volatile Task[] _loops = [];
    private Task _tail = Task.CompletedTask;
    private Task _upgrades = Task.CompletedTask;
    private volatile bool _isStarted;
    private volatile bool _isStopping;
    private bool _isStopped;
    private bool _isDisposed;

    /// <summary>Makes the engine of a domain that has no host. With one, it comes from <c>AddEngine()</c>.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="configure">Changes the options.</param>
    /// <exception cref="DomainConfigurationException">Something is wrong; all of it is listed.</exception>
    public DomainEngine(Domain domain, Action<EngineOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(domain);
        var logger = domain.Services.GetService<ILoggerFactory>()?.CreateLogger("Protean.Engine") ?? NullLogger.Instance;
        _engine = new(domain, new(logger));
        var declared = SubscriptionDeclarations.Of(domain.Model, domain.Broker);
        _settings = EngineSettings.Resolve(
            domain.Model.Name, [.. declared.Select(d => d.Subject)], domain.Services.GetService<IConfiguration>(), configure);
        _subscriptions = declared.Zip(_settings.Deliveries).SelectMany(d => Subscribe(d.First, d.Second)).ToDictionary(s => s.Name);
        _running = new(_engine, _settings.DrainLimit);
        var renamed = new RenamedSubscriptions(_engine, _subscriptions);
        _agent = new(_engine, _settings, _subscriptions, _running, renamed);
        _recovery = new(_engine, _running, _settings.RecoveryInterval);
        _status = new(_engine, _settings.Node, _subscriptions.Values, _running, renamed);
        _receivers = [.. domain.Model.Subscribers.Select(s => new Receiver(_engine, s))];
        DeadLetters = new(_engine, _subscriptions, _recovery.Hurry);
    }

    /// <summary>The domain.</summary>
    public Domain Domain => _engine.Domain;

    /// <summary>The name of this node.</summary>
    public string Node => _settings.Node;

    /// <summary>What could not be delivered.</summary>
    public DeadLetters DeadLetters { get; }

    /// <summary>What the engine of this node is doing, and with the partitions that it has. To be asked as often as one likes: it reads memory only.</summary>
    public EngineStatus Status => _status.Here(IsRunning, IsReady) with { Receivers = Receivers };

    /// <summary>Whether what the engine does in the background goes on, or is meant to be over.</summary>
    internal bool IsAlive => !IsRunning || !_loops.Any(loop => loop.IsCompleted);

    internal bool IsRunning => _isStarted && !_isStopping;

    private IReadOnlyList<ReceiverStatus> Receivers => [.. _receivers.Select(r => new ReceiverStatus(r.Subscriber.Name, r.Subscriber.Group.Name, r.State))];

    internal bool IsReady => IsRunning && (_subscriptions.Count == 0 || _agent.IsSettled);

    /// <summary>What the engine is doing on all nodes, as far as the store tells: the partitions of others have their owner, and their position as it was last written.</summary>
    public async Task<EngineStatus> GetStatusAsync(CancellationToken cancellationToken = default) =>
        await _status.EverywhereAsync(IsRunning, IsReady, cancellationToken).ConfigureAwait(false) with { Receivers = Receivers };

    /// <summary>
    /// Begins to deliver. Partitions are taken as they can be. A store that goes away from then on, or is away just now, is waited for.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The domain was not started yet, and its store cannot be made ready.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isStopping)
                throw new InvalidOperationException($"The engine of node '{Node}' was stopped, and does not start again: make another one.");
            if (_isStarted)
                return;
            // What goes on after this call is no part of the trace it was called in.
            Activity.Current = null;
            await Domain.StartAsync(cancellationToken).ConfigureAwait(false);
            if (_subscriptions.Count == 0)
                _engine.Log.NothingToDo(Domain.Model.Name);
            else
                await BeginAsync(cancellationToken).ConfigureAwait(false);
            EngineGauges.Add(this);
            _isStarted = true;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Lets handlers finish what they have begun, within the drain limit, cancels those that do not, and gives the partitions to other nodes. Called again, it
    /// does nothing.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for handlers before the drain limit does.</param>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (_isDisposed)
            return;
        _isStopping = true;
        // Whoever starts it just now is waited for: what it has begun must end, even for a caller in a hurry.
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (!_isStarted || _isStopped)
                return;
            _isStopped = true;
            await _stop.CancelAsync().ConfigureAwait(false);
            var draining = _running.StopAllAsync(cancellationToken);
            _engine.Log.Stopping(_settings.Node, _settings.DrainLimit.TotalSeconds);
            // A drain may take longer than the lease time, and nobody is to take over what is still being finished.
            await _agent.StayAliveAsync(draining, cancellationToken).ConfigureAwait(false);
            var leases = await draining.ConfigureAwait(false);
            await EndOfAsync(_beginning).ConfigureAwait(false);
            foreach (var loop in _loops.Where(l => l != _tail).Append(_upgrades))
                await EndOfAsync(loop).ConfigureAwait(false);
            // Those that were taken at the very moment.
            leases = [.. leases, .. await _running.StopAllAsync(cancellationToken).ConfigureAwait(false)];
            if (_subscriptions.Count > 0)
                await _agent.LeaveAsync(leases, cancellationToken).ConfigureAwait(false);
            await _end.CancelAsync().ConfigureAwait(false);
            await EndOfAsync(_tail).ConfigureAwait(false);
            Domain.CommitObserver = null;
            EngineGauges.Remove(this);
            _engine.Log.Stopped(_settings.Node);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Waits until every handler has handled what is in the log now, wherever it runs, so that what they keep can be read. What has failed and is
    /// recorded counts as handled.
    /// </summary>
    public async Task WaitUntilCaughtUpAsync(CancellationToken cancellationToken = default) =>
        await WaitUntilCaughtUpAsync(await _engine.Store.GetHeadAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    /// <summary>Waits until every handler has handled the log up to a global position, however long store or broker are away.</summary>
    public Task WaitUntilCaughtUpAsync(long globalPosition, CancellationToken cancellationToken = default) =>
        // Those who bring messages to the broker handle none: a handler that has its messages from the store instead has handled them.
        new CatchUp(_engine, _running).WaitAsync([.. _subscriptions.Values.Where(s => s is not StreamRelay)], globalPosition, cancellationToken);

    /// <summary>
    /// Waits until every handler has handled what is in the log, and what handlers have added meanwhile: until nothing follows any more. Where somebody else goes on
    /// writing, that may never be.
    /// </summary>
    /// <returns>The position of the last message.</returns>
    public async Task<long> WaitUntilQuietAsync(CancellationToken cancellationToken = default)
    {
        for (var handled = -1L; ;)
        {
            var head = await _engine.Store.GetHeadAsync(cancellationToken).ConfigureAwait(false);
            if (head == handled)
                return head;
            await WaitUntilCaughtUpAsync(head, cancellationToken).ConfigureAwait(false);
            handled = head;
        }
    }

    /// <summary>Waits until a projection has handled the log up to a global position, or to its end.</summary>
    public async Task WaitUntilCaughtUpAsync<TView>(long? globalPosition = null, CancellationToken cancellationToken = default) where TView : class
    {
        var projection = ProjectionOf(typeof(TView));
        var position = globalPosition ?? await _engine.Store.GetHeadAsync(cancellationToken).ConfigureAwait(false);
        await new CatchUp(_engine, _running).WaitAsync([projection], position, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Builds a projection anew from the log, beside the copy that readers see, and swaps it in when it has caught up. A failing event fails the rebuild
    /// and leaves the live copy alone.
    /// </summary>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellationToken">Gives the rebuild up.</param>
    /// <exception cref="RebuildFailedException">A method of the projection failed on an event.</exception>
    /// <exception cref="RebuildSupersededException">Another rebuild of the projection was begun meanwhile.</exception>
    public async Task RebuildAsync<TView>(IProgress<RebuildProgress>? progress = null, CancellationToken cancellationToken = default) where TView : class
    {
        var projection = ProjectionOf(typeof(TView));
        await Domain.StartAsync(cancellationToken).ConfigureAwait(false);
        await new ProjectionRebuild(_engine, projection, _settings.Node).RunAsync(progress, cancellationToken).ConfigureAwait(false);
        _agent.Hurry();
    }

    /// <summary>Lets a handler go on that has stopped at a failure. Only the node that handles it can do that.</summary>
    /// <param name="handler">The name of the handler.</param>
    /// <returns>How many partitions go on.</returns>
    public int Resume(string handler)
    {
        var halted = _running.Loops.Where(l => l.State == PartitionState.Halted && (l.Subscription.Name == handler || l.Subscription.ShortName == handler)).ToArray();
        foreach (var loop in halted)
            loop.Resume();
        return halted.Length;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        await StopAsync().ConfigureAwait(false);
        _isDisposed = true;
        _stop.Dispose();
        _end.Dispose();
        _turn.Dispose();
    }

    /// <summary>The subscription and, if its messages come through the broker, that which brings them there.</summary>
    private IEnumerable<Subscription> Subscribe(SubscriptionDeclaration declaration, DeliverySettings settings)
    {
        var subscription = declaration.Subscribe(_engine, settings);
        yield return subscription;
        if (!settings.IsStream)
            yield break;
        if (StreamTopology.ProblemOf(Domain.Model.Prefix, subscription) is { } problem)
            throw new DomainConfigurationException(Domain.Model.Name, [$"Handler '{subscription.ShortName}' cannot get its messages through the broker: {problem}."]);
        yield return new StreamRelay(_engine, subscription);
    }

    /// <summary>Begins now or, if the store is away, as soon as it is back: a host does not end for that.</summary>
    private async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        try
        {
            Begin(await _engine.Store.GetHeadAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (StoreUnavailableException error)
        {
            _beginning = Task.Run(() => BeginLaterAsync(error), CancellationToken.None);
        }
    }

    private async Task BeginLaterAsync(Exception error)
    {
        var backoff = _engine.Backoff("The engine");
        while (true)
        {
            await backoff.WaitAsync(error, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                var head = await _engine.Store.GetHeadAsync(_stop.Token).ConfigureAwait(false);
                _stop.Token.ThrowIfCancellationRequested();
                backoff.Reset();
                Begin(head);
                return;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (StoreUnavailableException again)
            {
                if (_stop.IsCancellationRequested)
                    return;
                error = again;
            }
        }
    }

    private void Begin(long head)
    {
        _engine.Tail = new(_engine.Store, Categories(), head, _engine.Moved);
        Domain.CommitObserver = _engine.Tail;
        _tail = Run(() => _engine.Tail.RunAsync(_engine.Backoff("The engine's tail"), _end.Token));
        var upgrades = new ProjectionUpgrades(_engine, _subscriptions.Values, _settings.Node, _agent.Hurry);
        _loops = [_tail, Run(() => _agent.RunAsync(_stop.Token)), Run(() => _recovery.RunAsync(_stop.Token)), .. _receivers.Select(r => Run(() => r.RunAsync(_stop.Token)))];
        // Comes to an end when every projection is of its version.
        _upgrades = Run(() => upgrades.RunAsync(_stop.Token));
        _engine.Log.Started(Domain.Model.Name, _settings.Node, _subscriptions.Count, _engine.Store.Name);

        static Task Run(Func<Task> loop) => Task.Run(loop, CancellationToken.None);
    }

    /// <summary>Waits for something to end; how it ends does not keep the rest from being stopped.</summary>
    private async Task EndOfAsync(Task work)
    {
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (work.Exception is { } error)
            _engine.Log.EndedBadly(error.GetBaseException(), _settings.Node);
    }

    private Subscription ProjectionOf(Type view) => _subscriptions.Values.FirstOrDefault(s => s.View?.Type == view)
        ?? throw new InvalidOperationException($"{view.Name} is no projection that the engine keeps: declare it with domain.Projection<{view.Name}>(), without Inline().");

    private List<string>? Categories()
    {
        HashSet<string> categories = [];
        foreach (var subscription in _subscriptions.Values)
        {
            if (subscription.Categories is null)
                return null;
            categories.UnionWith(subscription.Categories);
        }

        return [.. categories.Order(StringComparer.Ordinal)];
    }
}
