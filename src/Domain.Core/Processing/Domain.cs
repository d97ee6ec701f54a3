using System.Runtime.ExceptionServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Protean.Brokers;
using Protean.Storage;

namespace Protean;

/// <summary>A running domain: what was declared of it, its store, and everything that happens between them.</summary>
public sealed class Domain : IDomain, IAsyncDisposable
{
    private readonly SemaphoreSlim _starting = new(1, 1);
    private readonly ILoggerFactory _loggers;
    private readonly ServiceProvider? _ownServices;
    private volatile bool _started;
    private int _disposed;

    internal Domain(DomainModel model, IEventStore store, IServiceProvider services, ServiceProvider? ownServices = null, IBroker? broker = null)
    {
        Model = model;
        Broker = broker;
        Store = store;
        Services = services;
        _ownServices = ownServices;
        Time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        _loggers = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
        Log = new(_loggers.CreateLogger("Protean.Domain"));
        Workspace = new(this, store);
        Commands = new(this);
        Queries = new(this);
        Inline = new(this);
        Runner = new(this);
        Publisher = new(this);
        Guards = new(this);
        Invoker = new(this);
        Generations = new(this);
        Maintenance = new(this);
        Published = new(this);
    }

    /// <inheritdoc/>
    public DomainModel Model { get; }

    /// <summary>Where everything is stored.</summary>
    public IEventStore Store { get; }

    /// <summary>Keeps the store in order.</summary>
    public DomainMaintenance Maintenance { get; }

    /// <summary>The event bus of the process.</summary>
    public IEventBus Bus => Published.Bus;

    /// <summary>Where notifications go outside; nothing if there is no broker.</summary>
    public IBroker? Broker { get; }

    internal IServiceProvider Services { get; }

    internal PublishedEvents Published { get; }

    internal TimeProvider Time { get; }

    internal DomainLog Log { get; }

    internal Workspace Workspace { get; }

    /// <summary>Whether this process delivers to the handlers that are not inline.</summary>
    internal bool HasEngine { get; init; }

    /// <summary>Is told of every commit of this domain in this process, so that it need not read what it has seen already.</summary>
    internal ICommitObserver? CommitObserver { get; set; }

    internal CommandProcessor Commands { get; }

    internal QueryProcessor Queries { get; }

    internal CommandOutcomes Outcomes { get; } = new();

    internal InlineDispatcher Inline { get; }

    internal UnitRunner Runner { get; }

    internal EventPublisher Publisher { get; }

    internal Guards Guards { get; }

    internal HandlerInvoker Invoker { get; }

    internal LiveGenerations Generations { get; }

    /// <summary>Makes a domain without a host.</summary>
    /// <param name="name">The name, which categories and types begin with.</param>
    /// <param name="declare">Declares the domain, its store included.</param>
    /// <exception cref="DomainConfigurationException">Something is wrong; all of it is listed.</exception>
    public static Domain Create(string name, Action<DomainBuilder> declare)
    {
        ArgumentNullException.ThrowIfNull(declare);
        var services = new ServiceCollection();
        services.AddDomain(name, declare);
        var provider = services.BuildServiceProvider();
        try
        {
            return provider.GetRequiredService<DomainFactory>().Get(provider, ownServices: provider);
        }
        catch
        {
            provider.Dispose();
            throw;
        }
    }

    /// <summary>Makes the store ready. Called by the host; without one, by the first call that needs the store.</summary>
    public ValueTask StartAsync(CancellationToken cancellationToken = default) => EnsureStartedAsync(cancellationToken);

    /// <inheritdoc/>
    public Task ProcessAsync(ICommand command, CancellationToken cancellationToken = default) => ProcessAsync(command, null!, cancellationToken);

    /// <inheritdoc/>
    public Task ProcessAsync(ICommand command, CommandOptions options, CancellationToken cancellationToken = default)
    {
        var processing = Commands.ProcessAsync<Nothing>(command, options, HandlerContext.Current?.Cause, HandlerContext.Current?.Depth ?? 0, cancellationToken);
        // Without a result there is nothing to carry: what completed at once needs no task of its own.
        return processing.IsCompletedSuccessfully ? Task.CompletedTask : processing.AsTask();
    }

    /// <inheritdoc/>
    public Task<TResult> ProcessAsync<TResult>(ICommand<TResult> command, CancellationToken cancellationToken = default) =>
        ProcessAsync(command, null!, cancellationToken);

    /// <inheritdoc/>
    public Task<TResult> ProcessAsync<TResult>(ICommand<TResult> command, CommandOptions options, CancellationToken cancellationToken = default) =>
        Commands.ProcessAsync<TResult>(command, options, HandlerContext.Current?.Cause, HandlerContext.Current?.Depth ?? 0, cancellationToken).AsTask();

    /// <inheritdoc/>
    public Task<CommandHandle> EnqueueAsync(IAnyCommand command, CommandOptions? options = null, CancellationToken cancellationToken = default) =>
        Commands.EnqueueAsync(command, options, HandlerContext.Current?.Cause, cancellationToken);

    /// <inheritdoc/>
    public Task<TResult> QueryAsync<TResult>(IQuery<TResult> query, CancellationToken cancellationToken = default) => Queries.ProcessAsync(query, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<TItem> StreamAsync<TItem>(IStreamRequest<TItem> request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new StreamAnswer<TItem>(this, request, cancellationToken);
    }

    /// <inheritdoc/>
    public Task PublishAsync(IEvent @event, PublishOptions? options = null, CancellationToken cancellationToken = default) =>
        Publisher.PublishAsync(@event, options, cancellationToken);

    /// <inheritdoc/>
    public IRepository<TAggregate> Repository<TAggregate>() where TAggregate : AggregateRoot
    {
        _ = Model.AggregateOf(typeof(TAggregate));
        return new AmbientRepository<TAggregate>(this);
    }

    /// <inheritdoc/>
    public IView<TView> View<TView>() where TView : class
    {
        _ = Model.ViewOf(typeof(TView));
        return new DocumentView<TView>(this);
    }

    /// <inheritdoc/>
    public UnitOfWork BeginUnitOfWork() => new(this, HandlerContext.Current?.Cause, depth: HandlerContext.Current?.Depth ?? 0, scope: HandlerContext.UnitIn(this)?.Scope);

    /// <summary>Reads a command, event or other registered type from JSON that comes from outside. Members the type does not know are refused.</summary>
    /// <exception cref="MessageFormatException">The JSON is not what the type needs.</exception>
    public T ReadInput<T>(ReadOnlySpan<byte> utf8Json) => (T)Model.Types.ReadInput(utf8Json, typeof(T));

    /// <summary>Finds everything that followed from a message, in the order in which it was recorded, the message itself first.</summary>
    public async Task<IReadOnlyList<StoredMessage>> EffectsAsync(Guid messageId, CancellationToken cancellationToken = default)
    {
        await EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        var root = await Store.FindMessageAsync(messageId, cancellationToken).ConfigureAwait(false);
        if (root is null)
            return [];
        List<StoredMessage> effects = [root];
        HashSet<Guid> known = [root.Id];
        for (var after = root.GlobalPosition; ;)
        {
            var page = await Store.ReadCorrelationAsync(root.Metadata.CorrelationId, after, 1000, cancellationToken).ConfigureAwait(false);
            foreach (var message in page.Messages.Where(m => m.Metadata.CausationId is { } cause && known.Contains(cause)))
            {
                known.Add(message.Id);
                effects.Add(message);
            }

            if (page.Messages.Count < 1000)
                return effects;
            after = page.ScannedTo;
        }
    }

    /// <summary>Reads the payload of a stored message.</summary>
    /// <returns>The event or command; nothing if its type is not registered.</returns>
    /// <exception cref="CorruptMessageException">The body does not match its checksum.</exception>
    /// <exception cref="MessageFormatException">The body is not what the type needs.</exception>
    public object? Read(StoredMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Model.Types.Read(message);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A container disposes it once for each name it was asked for under, and once more within the disposal of its own services.
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        // What is being handled may still need the store. One that cannot be closed does not keep the others open.
        List<Exception> failures = [];
        await CloseAsync(() => new(Published.StopAsync())).ConfigureAwait(false);
        await CloseAsync(() => Broker?.DisposeAsync() ?? default).ConfigureAwait(false);
        await CloseAsync(Store.DisposeAsync).ConfigureAwait(false);
        await CloseAsync(() => _ownServices?.DisposeAsync() ?? default).ConfigureAwait(false);
        _starting.Dispose();
        if (failures is [var only])
            ExceptionDispatchInfo.Throw(only);
        if (failures.Count > 0)
            throw new AggregateException(failures);

        async ValueTask CloseAsync(Func<ValueTask> close)
        {
            try
            {
                await close().ConfigureAwait(false);
            }
            catch (Exception error)
            {
                failures.Add(error);
            }
        }
    }

    /// <summary>Every commit of the domain goes through here.</summary>
    internal async ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken)
    {
        var observer = CommitObserver;
        CommitResult? result = null;
        observer?.Began();
        try
        {
            result = await Store.CommitAsync(commit, cancellationToken).ConfigureAwait(false);
            CountAppended(commit);
            return result.Value;
        }
        finally
        {
            observer?.Ended(commit, result);
        }
    }

    /// <summary>The scope that a call shares with its inline handlers: that of the call it is made in, or its own.</summary>
    /// <returns>Nothing where each handler has its own.</returns>
    internal CallScope? ScopeOfCall(CallScope own) => Model.Scopes == HandlerScopes.PerCall ? HandlerContext.UnitIn(this)?.Scope ?? own : null;

    internal ValueTask EnsureStartedAsync(CancellationToken cancellationToken) =>
        _started ? ValueTask.CompletedTask : StartOnceAsync(cancellationToken);

    internal ILogger LoggerOf(string handler) => _loggers.CreateLogger("Protean.Handlers." + handler);

    internal MessageMetadata Enrich(object payload, MessageKind kind, AggregateRoot? aggregate, MessageMetadata metadata)
    {
        if (Model.Enrichers.Count == 0)
            return metadata;
        var context = new EnrichmentContext(payload, kind, aggregate, metadata, Services);
        foreach (var enrich in Model.Enrichers)
            enrich(context);
        return context.Result;
    }

    private static void CountAppended(Commit commit)
    {
        var count = 0;
        for (var i = 0; i < commit.Appends.Count; i++)
            count += commit.Appends[i].Messages.Count;
        if (count > 0)
            Telemetry.Appended.Add(count);
    }

    private async ValueTask StartOnceAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_started)
                return;
            await Store.InitializeAsync(Model.Store, cancellationToken).ConfigureAwait(false);
            _started = true;
            Log.DomainStarted(Model.Name, Store.Name, Model.Aggregates.Count, Model.EventHandlers.Count);
        }
        finally
        {
            _starting.Release();
        }
    }
}
