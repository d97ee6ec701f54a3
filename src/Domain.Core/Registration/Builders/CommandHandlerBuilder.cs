using System.Runtime.CompilerServices;

namespace Protean;

/// <summary>Declares the command handler of an aggregate.</summary>
/// <typeparam name="TAggregate">The aggregate its commands are for.</typeparam>
public sealed class CommandHandlerBuilder<TAggregate> : HandlerBuilder<CommandHandlerBuilder<TAggregate>>, ICommandHandlerDraft
    where TAggregate : AggregateRoot
{
    internal CommandHandlerBuilder(DomainBuilder domain)
        : base(domain)
    {
    }

    internal override string DisplayName => NameOr(DomainNaming.Snake(DomainNaming.ClassName(typeof(TAggregate))) + ":command");

    string ICommandHandlerDraft.DisplayName => DisplayName;

    Type ICommandHandlerDraft.PartOf => typeof(TAggregate);

    string? ICommandHandlerDraft.Category => Category;

    IReadOnlyList<Type> ICommandHandlerDraft.Classes => Classes;

    ConflictRetry ICommandHandlerDraft.Retry => Retry;

    DeliveryDeclaration ICommandHandlerDraft.Delivery => Declared;

    IReadOnlyList<InvokeErrorHandler> ICommandHandlerDraft.ErrorHandlers => ErrorHandlers;

    GuardDeclaration ICommandHandlerDraft.Guards => Guards;

    List<CommandLambda> ICommandHandlerDraft.Lambdas { get; } = [];

    List<CommandLambda> ICommandHandlerDraft.Fallbacks { get; } = [];

    private string? Category { get; set; }

    private List<CommandLambda> Lambdas => ((ICommandHandlerDraft)this).Lambdas;

    /// <summary>Where the commands stand: in streams <c>{category}:command-{id}</c>. Default: the aggregate's category.</summary>
    public CommandHandlerBuilder<TAggregate> StreamCategory(string category)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(category);
        Category = category;
        return this;
    }

    /// <summary>Handles a command.</summary>
    public CommandHandlerBuilder<TAggregate> On<TCommand>(Action<TCommand, HandlerContext> handle) where TCommand : ICommand
    {
        ArgumentNullException.ThrowIfNull(handle);
        return Add<TCommand, Nothing>(null, (command, context) =>
        {
            handle(command, context);
            return default;
        });
    }

    /// <summary>Handles a command.</summary>
    public CommandHandlerBuilder<TAggregate> On<TCommand>(Func<TCommand, HandlerContext, ValueTask> handle) where TCommand : ICommand
    {
        ArgumentNullException.ThrowIfNull(handle);
        return Add<TCommand, Nothing>(null, async (command, context) =>
        {
            await handle(command, context).ConfigureAwait(false);
            return default;
        });
    }

    /// <summary>Handles a command.</summary>
    [OverloadResolutionPriority(1)]
    public CommandHandlerBuilder<TAggregate> On<TCommand>(Func<TCommand, HandlerContext, Task> handle) where TCommand : ICommand
    {
        ArgumentNullException.ThrowIfNull(handle);
        return Add<TCommand, Nothing>(null, async (command, context) =>
        {
            await handle(command, context).ConfigureAwait(false);
            return default;
        });
    }

    /// <summary>Handles a command with a result.</summary>
    public CommandHandlerBuilder<TAggregate> On<TCommand, TResult>(Func<TCommand, HandlerContext, TResult> handle) where TCommand : ICommand<TResult>
    {
        ArgumentNullException.ThrowIfNull(handle);
        return Add<TCommand, TResult>(null, (command, context) => new(handle(command, context)));
    }

    /// <summary>Handles a command with a result.</summary>
    public CommandHandlerBuilder<TAggregate> On<TCommand, TResult>(Func<TCommand, HandlerContext, Task<TResult>> handle) where TCommand : ICommand<TResult>
    {
        ArgumentNullException.ThrowIfNull(handle);
        return Add<TCommand, TResult>(null, (command, context) => new(handle(command, context)));
    }

    /// <summary>Loads the aggregate, lets it act and saves it.</summary>
    /// <param name="id">The id of the aggregate the command is for.</param>
    /// <param name="act">What the aggregate does.</param>
    public CommandHandlerBuilder<TAggregate> On<TCommand>(Func<TCommand, AggregateId> id, Action<TAggregate, TCommand> act) where TCommand : ICommand
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(act);
        return Add<TCommand, Nothing>(c => id((TCommand)c), async (command, context) =>
        {
            act(await Load(id(command), context).ConfigureAwait(false), command);
            return default;
        });
    }

    /// <summary>Loads the aggregate, lets it act and saves it.</summary>
    /// <param name="id">The id of the aggregate the command is for.</param>
    /// <param name="act">What the aggregate does.</param>
    public CommandHandlerBuilder<TAggregate> On<TCommand>(Func<TCommand, AggregateId> id, Func<TAggregate, TCommand, Task> act) where TCommand : ICommand
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(act);
        return Add<TCommand, Nothing>(c => id((TCommand)c), async (command, context) =>
        {
            await act(await Load(id(command), context).ConfigureAwait(false), command).ConfigureAwait(false);
            return default;
        });
    }

    /// <summary>Loads the aggregate, lets it act, saves it and returns the result.</summary>
    /// <param name="id">The id of the aggregate the command is for.</param>
    /// <param name="act">What the aggregate does.</param>
    public CommandHandlerBuilder<TAggregate> On<TCommand, TResult>(Func<TCommand, AggregateId> id, Func<TAggregate, TCommand, Task<TResult>> act)
        where TCommand : ICommand<TResult>
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(act);
        return Add<TCommand, TResult>(c => id((TCommand)c), async (command, context) =>
            await act(await Load(id(command), context).ConfigureAwait(false), command).ConfigureAwait(false));
    }

    /// <summary>Loads the aggregate, lets it act, saves it and returns the result.</summary>
    /// <param name="id">The id of the aggregate the command is for.</param>
    /// <param name="act">What the aggregate does.</param>
    public CommandHandlerBuilder<TAggregate> On<TCommand, TResult>(Func<TCommand, AggregateId> id, Func<TAggregate, TCommand, TResult> act)
        where TCommand : ICommand<TResult>
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(act);
        return Add<TCommand, TResult>(c => id((TCommand)c), async (command, context) =>
            act(await Load(id(command), context).ConfigureAwait(false), command));
    }

    /// <summary>Asks several handlers in turn until one has handled the command.</summary>
    public CommandHandlerBuilder<TAggregate> Chain<TCommand>(Action<ChainBuilder<TCommand, Task>> links) where TCommand : ICommand
    {
        ArgumentNullException.ThrowIfNull(links);
        var chain = new ChainBuilder<TCommand, Task>(Domain, Task.CompletedTask);
        links(chain);
        return On(chain.Build());
    }

    /// <summary>Asks several handlers in turn until one has a result for the command.</summary>
    public CommandHandlerBuilder<TAggregate> Chain<TCommand, TResult>(Action<ChainBuilder<TCommand, Task<TResult>>> links) where TCommand : ICommand<TResult>
    {
        ArgumentNullException.ThrowIfNull(links);
        var chain = new ChainBuilder<TCommand, Task<TResult>>(Domain, Task.FromResult(default(TResult)!));
        links(chain);
        return On(chain.Build());
    }

    /// <summary>Stands in when the handler of a command fails, in a unit of work of its own. What it failed with is <see cref="HandlerContext.Error"/>.</summary>
    /// <param name="handle">What is done instead.</param>
    /// <param name="errors">The types of errors it stands in for. Default: all but those of the domain itself (<see cref="ProteanException"/>). While the circuit is broken, it always does.</param>
    public CommandHandlerBuilder<TAggregate> Fallback<TCommand>(Func<TCommand, HandlerContext, Task> handle, params IReadOnlyList<Type> errors) where TCommand : ICommand
    {
        ArgumentNullException.ThrowIfNull(handle);
        return AddFallback<TCommand, Nothing>(
            async (command, context) =>
            {
                await handle(command, context).ConfigureAwait(false);
                return default;
            },
            errors);
    }

    /// <summary>Stands in when the handler of a command fails, in a unit of work of its own. What it failed with is <see cref="HandlerContext.Error"/>.</summary>
    /// <param name="handle">What is done instead.</param>
    /// <param name="errors">The types of errors it stands in for. Default: all but those of the domain itself (<see cref="ProteanException"/>). While the circuit is broken, it always does.</param>
    public CommandHandlerBuilder<TAggregate> Fallback<TCommand, TResult>(Func<TCommand, HandlerContext, Task<TResult>> handle, params IReadOnlyList<Type> errors)
        where TCommand : ICommand<TResult>
    {
        ArgumentNullException.ThrowIfNull(handle);
        return AddFallback<TCommand, TResult>((command, context) => new(handle(command, context)), errors);
    }

    private static ValueTask<TAggregate> Load(AggregateId id, HandlerContext context) =>
        context.Repository<TAggregate>().GetAsync(id, context.CancellationToken);

    private CommandHandlerBuilder<TAggregate> AddFallback<TCommand, TResult>(Func<TCommand, HandlerContext, ValueTask<TResult>> handle, IReadOnlyList<Type> errors)
    {
        Falls(typeof(TCommand), errors);
        ((ICommandHandlerDraft)this).Fallbacks.Add(new CommandLambda<TResult>(typeof(TCommand), null, (command, context) => handle((TCommand)command, context)));
        return this;
    }

    private CommandHandlerBuilder<TAggregate> Add<TCommand, TResult>(Func<object, AggregateId>? target, Func<TCommand, HandlerContext, ValueTask<TResult>> handle)
    {
        Lambdas.Add(new CommandLambda<TResult>(typeof(TCommand), target, (command, context) => handle((TCommand)command, context)));
        return this;
    }
}
