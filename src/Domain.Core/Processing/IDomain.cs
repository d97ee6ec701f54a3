namespace Protean;

/// <summary>A running domain: commands and queries in, results out.</summary>
public interface IDomain
{
    /// <summary>What was declared of the domain.</summary>
    DomainModel Model { get; }

    /// <summary>Processes a command: its handler has run, and its effects are stored, when the call returns.</summary>
    Task ProcessAsync(ICommand command, CancellationToken cancellationToken = default);

    /// <summary>Processes a command: its handler has run, and its effects are stored, when the call returns.</summary>
    Task ProcessAsync(ICommand command, CommandOptions options, CancellationToken cancellationToken = default);

    /// <summary>Processes a command and returns its result, once its effects are stored.</summary>
    Task<TResult> ProcessAsync<TResult>(ICommand<TResult> command, CancellationToken cancellationToken = default);

    /// <summary>Processes a command and returns its result, once its effects are stored.</summary>
    Task<TResult> ProcessAsync<TResult>(ICommand<TResult> command, CommandOptions options, CancellationToken cancellationToken = default);

    /// <summary>Stores a command for the Engine.</summary>
    /// <returns>A handle to wait on.</returns>
    Task<CommandHandle> EnqueueAsync(IAnyCommand command, CommandOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Answers a query.</summary>
    Task<TResult> QueryAsync<TResult>(IQuery<TResult> query, CancellationToken cancellationToken = default);

    /// <summary>
    /// Answers a request item by item. What its handler changes before an item is committed, and handled inline, before the caller gets the item. The handler
    /// is called when the first item is asked for, anew for each enumeration.
    /// </summary>
    IAsyncEnumerable<TItem> StreamAsync<TItem>(IStreamRequest<TItem> request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes an event that comes from outside, from a broker for one, to the handlers that run in process: those that are <c>InSameCommit()</c> together in one
    /// commit, then those that are <c>Inline()</c>. The event itself is not recorded.
    /// </summary>
    Task PublishAsync(IEvent @event, PublishOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The aggregates of one type: within a handler in its unit of work, elsewhere each call for itself.</summary>
    IRepository<TAggregate> Repository<TAggregate>() where TAggregate : AggregateRoot;

    /// <summary>The documents of a projection.</summary>
    IView<TView> View<TView>() where TView : class;

    /// <summary>Begins a unit of work of the caller's own, for several aggregates in one commit outside a handler.</summary>
    UnitOfWork BeginUnitOfWork();
}
