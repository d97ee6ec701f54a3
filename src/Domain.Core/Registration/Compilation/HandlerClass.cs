using System.Linq.Expressions;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Protean;

/// <summary>What reflection finds in a handler class.</summary>
internal sealed class HandlerClass
{
    private static readonly MethodInfo BindMessageMethod = Definition(nameof(BindMessage));
    private static readonly MethodInfo BindCommandMethod = Definition(nameof(BindCommand));
    private static readonly MethodInfo BindResultMethod = Definition(nameof(BindResult));
    private static readonly MethodInfo BindQueryMethod = Definition(nameof(BindQuery));
    private static readonly MethodInfo BindStreamMethod = Definition(nameof(BindStream));

    private readonly Type _type;
    private readonly Func<HandlerContext, object> _activate;
    private readonly List<Type> _unusable = [];

    private HandlerClass(Type type)
    {
        _type = type;
        _activate = Activator(type);
        foreach (var contract in type.GetInterfaces().Where(i => i.IsGenericType))
        {
            var arguments = contract.GetGenericArguments();
            var isBound = contract.GetGenericTypeDefinition() == typeof(IHandle<>) ? AddMessage(arguments[0])
                : contract.GetGenericTypeDefinition() != typeof(IHandle<,>) || AddRequest(arguments[0], arguments[1]);
            if (!isBound)
                _unusable.Add(contract);
            if (contract.GetGenericTypeDefinition() == typeof(IHandleStream<,>))
                Streams.Add(Bind<StreamBinding>(BindStreamMethod, arguments));
        }

        if (typeof(IHandleAny).IsAssignableFrom(type))
            Any = (_, context) => new(((IHandleAny)_activate(context)).HandleAnyAsync(context.Message!, context));
        if (typeof(IHandleErrors).IsAssignableFrom(type))
            Errors = (error, message, context) => new(((IHandleErrors)_activate(context)).HandleErrorAsync(error, message, context));
    }

    public List<(Type EventType, InvokeHandler Invoke)> Events { get; } = [];

    public InvokeHandler? Any { get; }

    public InvokeErrorHandler? Errors { get; }

    public List<CommandLambda> Commands { get; } = [];

    public List<QueryBinding> Queries { get; } = [];

    public List<StreamBinding> Streams { get; } = [];

    public static HandlerClass Of(Type type, IServiceProviderIsService? services, List<string> findings)
    {
        var handler = new HandlerClass(type);
        handler.FindLookalikes(findings);
        handler.FindUnusableContracts(findings);
        CheckConstructors("Handler class", type, services, findings);
        return handler;
    }

    /// <summary>Whether instances of a class can be made, with everything they need.</summary>
    public static void CheckConstructors(string kind, Type type, IServiceProviderIsService? services, List<string> findings)
    {
        if (type.IsAbstract)
            findings.Add($"{kind} {type.Name} is abstract: use the classes that derive from it.");
        else if (type.GetConstructors().Length == 0)
            findings.Add($"{kind} {type.Name} has no public constructor, so it cannot be made: give it one.");
        else
            CheckDependencies(kind, type, services, findings);
    }

    public static bool IsDisposable(Type type) => typeof(IDisposable).IsAssignableFrom(type) || typeof(IAsyncDisposable).IsAssignableFrom(type);

    private static MethodInfo Definition(string name) => typeof(HandlerClass).GetMethod(name, BindingFlags.Instance | BindingFlags.NonPublic)!;

    public static Func<HandlerContext, object> Activator(Type type)
    {
        // A class that needs nothing needs no scope; one that is disposable is left to the scope to dispose.
        if (!IsDisposable(type) && !type.IsAbstract && type.GetConstructors() is [{ } only] && only.GetParameters().Length == 0)
        {
            var create = Expression.Lambda<Func<object>>(Expression.New(only)).Compile();
            return _ => create();
        }

        return context => context.Services.GetRequiredService(type);
    }

    private bool AddMessage(Type message)
    {
        if (typeof(IEvent).IsAssignableFrom(message))
            Events.Add((message, Bind<InvokeHandler>(BindMessageMethod, message)));
        else if (typeof(ICommand).IsAssignableFrom(message))
            Commands.Add(Bind<CommandLambda>(BindCommandMethod, message));
        else
            return false;
        return true;
    }

    private bool AddRequest(Type request, Type result)
    {
        if (typeof(ICommand<>).MakeGenericType(result).IsAssignableFrom(request))
            Commands.Add(Bind<CommandLambda>(BindResultMethod, request, result));
        else if (typeof(IQuery<>).MakeGenericType(result).IsAssignableFrom(request))
            Queries.Add(Bind<QueryBinding>(BindQueryMethod, request, result));
        else
            return false;
        return true;
    }

    private T Bind<T>(MethodInfo definition, params Type[] types) => (T)definition.MakeGenericMethod(types).Invoke(this, null)!;

    private InvokeHandler BindMessage<TMessage>() =>
        (message, context) => new(((IHandle<TMessage>)_activate(context)).HandleAsync((TMessage)message, context));

    private CommandLambda<Nothing> BindCommand<TCommand>() => new(typeof(TCommand), null, async (command, context) =>
    {
        await ((IHandle<TCommand>)_activate(context)).HandleAsync((TCommand)command, context).ConfigureAwait(false);
        return default;
    });

    private CommandLambda<TResult> BindResult<TCommand, TResult>() =>
        new(typeof(TCommand), null, (command, context) => new(((IHandle<TCommand, TResult>)_activate(context)).HandleAsync((TCommand)command, context)));

    private QueryBinding<TResult> BindQuery<TQuery, TResult>() =>
        new(typeof(TQuery), _type.Name, (query, context) => new(((IHandle<TQuery, TResult>)_activate(context)).HandleAsync((TQuery)query, context)));

    private StreamBinding<TItem> BindStream<TRequest, TItem>() where TRequest : IStreamRequest<TItem> =>
        new(typeof(TRequest), _type.Name, (request, context) => ((IHandleStream<TRequest, TItem>)_activate(context)).HandleAsync((TRequest)request, context));

    private void FindLookalikes(List<string> findings)
    {
        HashSet<Type> handled = [.. _type.GetInterfaces().Where(i => i.IsGenericType).Select(i => i.GetGenericArguments()[0])];
        foreach (var method in ObjectShape.MethodsOf(_type).Where(m => m.DeclaringType != typeof(object)))
        {
            var named = method.Name.StartsWith("Handle", StringComparison.Ordinal) || method.Name.StartsWith("On", StringComparison.Ordinal);
            if (!named || method.GetParameters() is not [{ } first, ..])
                continue;
            var parameter = first.ParameterType;
            var contract = IsMessage(parameter) && !handled.Contains(parameter) ? $"IHandle<{parameter.Name}>"
                : IsRequestOf(typeof(IStreamRequest<>), parameter) && !handled.Contains(parameter) ? $"IHandleStream<{parameter.Name}, …>"
                : Any is null && parameter == typeof(Message) && method.Name.StartsWith("HandleAny", StringComparison.Ordinal) ? nameof(IHandleAny)
                : Errors is null && parameter == typeof(Exception) && method.Name.StartsWith("HandleError", StringComparison.Ordinal) ? nameof(IHandleErrors)
                : null;
            if (contract is not null)
                findings.Add($"{_type.Name}.{method.Name}({parameter.Name}) looks like a handler, but {_type.Name} does not implement {contract}, so it would never be called: implement the interface, or rename the method.");
        }
    }

    private void FindUnusableContracts(List<string> findings)
    {
        foreach (var contract in _unusable)
        {
            var request = contract.GetGenericArguments()[0];
            var results = request.GetInterfaces()
                .Where(i => i.IsGenericType && (i.GetGenericTypeDefinition() == typeof(ICommand<>) || i.GetGenericTypeDefinition() == typeof(IQuery<>)))
                .Select(i => $"IHandle<{request.Name}, {i.GetGenericArguments()[0].Name}>")
                .ToArray();
            var wayOut = results.Length > 0 ? $"it has a result, so implement {string.Join(" or ", results)}"
                : typeof(ICommand).IsAssignableFrom(request) ? $"it has no result, so implement IHandle<{request.Name}>"
                : IsRequestOf(typeof(IStreamRequest<>), request) ? $"it is answered item by item, so implement IHandleStream<{request.Name}, …>"
                : $"it is neither an event nor a command nor a query, so implement {nameof(IDomainEvent)}, {nameof(ICommand)} or IQuery<TResult> there, or remove the interface";
            findings.Add($"{_type.Name} implements IHandle<{string.Join(", ", contract.GetGenericArguments().Select(a => a.Name))}>, which would never be called for {request.Name}: {wayOut}.");
        }
    }

    private static bool IsMessage(Type type) =>
        typeof(IEvent).IsAssignableFrom(type) || typeof(IAnyCommand).IsAssignableFrom(type)
        || IsRequestOf(typeof(IQuery<>), type);

    private static bool IsRequestOf(Type contract, Type type) => type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == contract);

    private static void CheckDependencies(string kind, Type type, IServiceProviderIsService? services, List<string> findings)
    {
        if (services is null)
            return;
        var missing = type.GetConstructors()
            .Select(c => c.GetParameters().Where(p => !p.HasDefaultValue && !IsProvided(p, services)).Select(p => p.ParameterType.Name).ToArray())
            .MinBy(m => m.Length)!;
        if (missing.Length > 0)
            findings.Add($"{kind} {type.Name} needs {string.Join(" and ", missing)}, which no service provides: register it with the service collection.");
    }

    private static bool IsProvided(ParameterInfo parameter, IServiceProviderIsService services) =>
        parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is not { } keyed ? services.IsService(parameter.ParameterType)
        : services is not IServiceProviderIsKeyedService known || known.IsKeyedService(parameter.ParameterType, keyed.Key);
}
