using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Protean;

/// <summary>What a handler works with: its unit of work, the message it handles, and the services of the host.</summary>
public sealed class HandlerContext
{
    private static readonly AsyncLocal<HandlerContext?> Ambient = new();

    private readonly string _handler;
    private AsyncServiceScope? _scope;
    private ILogger? _logger;
    private bool _isOver;

    internal HandlerContext(UnitOfWork unit, Message? message, string handler, CancellationToken cancellationToken, int? depth = null)
    {
        Unit = unit;
        Depth = depth ?? unit.Depth;
        Message = message;
        CancellationToken = cancellationToken;
        _handler = handler;
        // Whatever the handler reaches the domain through (an injected repository, context.Domain, a captured variable) is to find this unit of work.
        Outer = Ambient.Value;
        Nesting = (Outer?.Nesting ?? 0) + (message?.Kind == MessageKind.HandledCommand ? 1 : 0);
        Ambient.Value = this;
    }

    /// <summary>The message that is handled; none while a query is answered.</summary>
    public Message? Message { get; }

    /// <summary>What the handler has failed with that is stood in for here; nothing outside of a fallback.</summary>
    public Exception? Error { get; init; }

    /// <summary>Cancelled when the call is.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>The headers of the message, which everything inherits that follows from it.</summary>
    public IReadOnlyDictionary<string, string> Headers => Unit.Metadata.Headers;

    /// <summary>The domain.</summary>
    public IDomain Domain => Unit.Domain;

    /// <summary>The clock.</summary>
    public TimeProvider Time => Unit.Domain.Time;

    /// <summary>Logs under the name of the handler.</summary>
    public ILogger Logger => _logger ??= Unit.Domain.LoggerOf(_handler);

    /// <summary>The services of a scope that lives as long as <see cref="DomainBuilder.HandlerScopes"/> says. Made at the first use.</summary>
    public IServiceProvider Services =>
        Unit.Scope is { } call ? call.ServicesOf(Unit.Domain)
        : _isOver ? throw new InvalidOperationException("The call of the handler is over, and its services are disposed: await everything that belongs to it before it returns.")
        : Unit.Domain.Model.Scopes == HandlerScopes.None ? Unit.Domain.Services
        : (_scope ??= Unit.Domain.Services.CreateAsyncScope()).ServiceProvider;

    /// <summary>The unit of work that the handler works in now: a stream goes through several.</summary>
    internal UnitOfWork Unit { get; set; }

    internal string HandlerName => _handler;

    /// <summary>Whether items are handed out, each with a unit of work of its own.</summary>
    internal bool IsStream { get; init; }

    /// <summary>The handler within whose call this one is called.</summary>
    internal HandlerContext? Outer { get; }

    /// <summary>How many commands are being processed within one another here.</summary>
    internal int Nesting { get; }

    /// <summary>How many events lie between the outermost call and this handler.</summary>
    internal int Depth { get; }

    /// <summary>What causes that which is done from here.</summary>
    internal Message? Cause => Message ?? Unit.Cause;

    /// <summary>The context of the handler that runs here, so that injected repositories find its unit of work.</summary>
    internal static HandlerContext? Current => Ambient.Value;

    /// <summary>The unit of work of the handler that runs here, if it is one of this domain: a handler may call another domain.</summary>
    internal static UnitOfWork? UnitIn(Domain domain) => Ambient.Value is { } current && ReferenceEquals(current.Unit.Domain, domain) ? current.Unit : null;

    /// <summary>
    /// The unit of work that what happens here belongs to, if it can still take something: that of the handler that runs, past the queries it asks.
    /// </summary>
    internal static UnitOfWork? OpenUnitIn(Domain domain)
    {
        for (var context = Ambient.Value; context is not null && ReferenceEquals(context.Unit.Domain, domain); context = context.Outer)
        {
            if (!context.Unit.IsReadOnly)
                return context.Unit.IsOpen ? context.Unit : null;
        }

        return null;
    }

    /// <summary>Lets nothing that follows be part of a handler; to be called from an async method, whose end resets the flow of its caller.</summary>
    internal static void Leave()
    {
        // Setting it copies what flows, even if it changes nothing.
        if (Ambient.Value is not null)
            Ambient.Value = null;
    }

    /// <summary>The aggregates of one type, in this unit of work.</summary>
    public IRepository<TAggregate> Repository<TAggregate>() where TAggregate : AggregateRoot =>
        // What a stream's handler keeps from item to item is to work in the unit of the next one, too.
        IsStream ? Unit.Domain.Repository<TAggregate>() : Unit.Repository<TAggregate>();

    /// <summary>The documents of a projection, with what this unit of work has changed.</summary>
    public IView<TView> View<TView>() where TView : class => IsStream ? Unit.Domain.View<TView>() : Unit.View<TView>();

    /// <summary>Processes a command now, in a unit of work of its own, as caused by the message that is handled.</summary>
    public Task ProcessAsync(ICommand command, CommandOptions? options = null) =>
        Unit.Domain.Commands.ProcessAsync<Nothing>(command, options, Cause, Depth, CancellationToken).AsTask();

    /// <summary>Processes a command now, in a unit of work of its own, as caused by the message that is handled.</summary>
    public Task<TResult> ProcessAsync<TResult>(ICommand<TResult> command, CommandOptions? options = null) =>
        Unit.Domain.Commands.ProcessAsync<TResult>(command, options, Cause, Depth, CancellationToken).AsTask();

    /// <summary>Stores a command for the Engine, in the commit of this unit of work.</summary>
    /// <returns>A handle to wait on, once the unit is committed.</returns>
    public CommandHandle Enqueue(IAnyCommand command, CommandOptions? options = null) => Unit.Enqueue(command, options);

    /// <summary>Records a notification for the world outside, in the commit of this unit of work.</summary>
    public void Notify(INotificationEvent notification) => Unit.Notify(notification);

    /// <summary>Publishes an event on the bus when this unit of work is committed, and never if it is not.</summary>
    public void Publish(IEvent @event) => Unit.Publish(@event);

    /// <summary>Runs the handler's own SQL in the transaction of the commit: it is committed with the unit, or not at all.</summary>
    public void OnCommit(Func<DbConnection, DbTransaction, CancellationToken, Task> work) => Unit.OnCommit(work);

    /// <summary>Closes the scope. Not an async method: what that resets is set again when it returns.</summary>
    internal ValueTask DisposeAsync()
    {
        if (ReferenceEquals(Ambient.Value, this))
            Ambient.Value = Outer;
        _isOver = true;
        return _scope?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
