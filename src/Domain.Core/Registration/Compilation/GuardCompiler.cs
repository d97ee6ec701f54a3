namespace Protean;

/// <summary>Finds what stands around the calls of one handler: its circuit breaker, and the fallback of each of its methods.</summary>
/// <param name="handler">The name of the handler.</param>
/// <param name="declared">What it was told.</param>
/// <param name="lambdas">The fallbacks that were given as lambdas.</param>
/// <param name="methodsOf">The fallbacks that a class has.</param>
/// <param name="messageOf">The type of message that a fallback is for.</param>
/// <param name="classes">What is known of handler classes.</param>
/// <param name="findings">What is wrong.</param>
internal sealed class GuardCompiler<TMethod>(
    string handler,
    GuardDeclaration declared,
    IReadOnlyList<TMethod> lambdas,
    Func<HandlerClass, IEnumerable<TMethod>> methodsOf,
    Func<TMethod, Type> messageOf,
    IReadOnlyDictionary<Type, HandlerClass> classes,
    List<string> findings)
    where TMethod : class
{
    private readonly HashSet<Type> _handled = [];

    public (HandlerGuard? Guard, TMethod? Fallback) Of(Type message)
    {
        if (declared.IsEmpty)
            return default;
        _handled.Add(message);
        (TMethod Method, IReadOnlyList<Type> Errors)[] found =
        [
            .. lambdas.Where(l => messageOf(l) == message).Select(l => (l, declared.Errors[message])),
            .. declared.Classes.SelectMany(c => methodsOf(classes[c.Class]).Where(m => messageOf(m) == message).Select(m => (m, c.Errors))),
        ];
        if (found.Length > 1)
            findings.Add($"{handler} has {found.Length} fallbacks for {message.Name}: one stands in. Remove the others.");
        var (method, errors) = found.FirstOrDefault();
        return declared.Breaker is null && method is null ? default : (new(handler, message, declared.Breaker, errors), method);
    }

    /// <summary>Finds fallbacks that would never stand in for anything.</summary>
    public void CheckRest()
    {
        foreach (var lambda in lambdas.Where(l => !_handled.Contains(messageOf(l))))
            findings.Add($"{handler} has a fallback for {messageOf(lambda).Name}, but does not handle it: add .On<{messageOf(lambda).Name}>(…), or take the fallback away.");
        foreach (var (type, _) in declared.Classes)
        {
            Type[] messages = [.. methodsOf(classes[type]).Select(messageOf)];
            if (messages.Length == 0)
                findings.Add($"{type.Name} is the fallback of {handler}, but handles nothing that it could: it has to implement the interfaces of the messages it stands in for.");
            foreach (var message in messages.Where(m => !_handled.Contains(m)))
                findings.Add($"{type.Name} is the fallback of {handler} and handles {message.Name}, which {handler} does not: a fallback takes and returns what its handler does. Take the method out, or let {handler} handle {message.Name}.");
        }
    }
}
