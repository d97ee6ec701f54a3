namespace Protean;

/// <summary>A command handler as declared, whatever its aggregate.</summary>
internal interface ICommandHandlerDraft
{
    string DisplayName { get; }

    Type PartOf { get; }

    string? Category { get; }

    IReadOnlyList<Type> Classes { get; }

    ConflictRetry Retry { get; }

    DeliveryDeclaration Delivery { get; }

    IReadOnlyList<InvokeErrorHandler> ErrorHandlers { get; }

    GuardDeclaration Guards { get; }

    List<CommandLambda> Lambdas { get; }

    List<CommandLambda> Fallbacks { get; }
}

internal abstract record CommandLambda(Type CommandType, Func<object, AggregateId>? Target)
{
    public abstract CommandBinding Bind(ICommandHandlerDraft handler, string category, Func<object, AggregateId>? target, IReadOnlyList<InvokeErrorHandler> errorHandlers, HandlerGuard? guard, CommandLambda? fallback);
}

internal sealed record CommandLambda<TResult>(Type CommandType, Func<object, AggregateId>? Target, Func<object, HandlerContext, ValueTask<TResult>> Invoke)
    : CommandLambda(CommandType, Target)
{
    public override CommandBinding Bind(ICommandHandlerDraft handler, string category, Func<object, AggregateId>? target, IReadOnlyList<InvokeErrorHandler> errorHandlers, HandlerGuard? guard, CommandLambda? fallback) =>
        new CommandBinding<TResult>(Invoke, (fallback as CommandLambda<TResult>)?.Invoke)
        {
            CommandType = CommandType,
            HandlerName = handler.DisplayName,
            PartOf = handler.PartOf,
            Category = category,
            Target = Target ?? target,
            Retry = handler.Retry,
            Delivery = handler.Delivery,
            ErrorHandlers = errorHandlers,
            Guard = guard,
        };
}
