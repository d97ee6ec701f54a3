using Microsoft.Extensions.DependencyInjection;

namespace Protean;

/// <summary>The services that the handlers of one call share: a scope of the container, made when one of them first asks for a service.</summary>
internal class CallScope
{
    private static readonly object Over = new();

    // Boxed: most calls make no scope, and those that do pay for it once.
    private object? _scope;

    public IServiceProvider ServicesOf(Domain domain)
    {
        if (Volatile.Read(ref _scope) is { } known)
            return ProviderOf(known);
        var made = domain.Services.CreateAsyncScope();
        if (Interlocked.CompareExchange(ref _scope, made, null) is not { } first)
            return made.ServiceProvider;
        made.Dispose();
        return ProviderOf(first);
    }

    /// <summary>Disposes the services, and begins anew: whoever asks next gets others.</summary>
    public ValueTask RenewAsync() => DisposeAsync(Interlocked.Exchange(ref _scope, null));

    /// <summary>Disposes the services. Whoever asks for more is refused.</summary>
    public ValueTask EndAsync() => DisposeAsync(Interlocked.Exchange(ref _scope, Over));

    private static IServiceProvider ProviderOf(object scope) => scope is AsyncServiceScope made
        ? made.ServiceProvider
        : throw new InvalidOperationException("The call is over, and its services are disposed: await everything that belongs to it before its handlers return.");

    private static ValueTask DisposeAsync(object? scope) => scope is AsyncServiceScope made ? made.DisposeAsync() : ValueTask.CompletedTask;
}
