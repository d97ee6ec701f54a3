using System.Reflection;
using Protean.Storage;

namespace Protean.Tests.Shop;

/// <summary>Counts what is asked of a store.</summary>
public class CountedStore : DispatchProxy
{
    private IEventStore _store = null!;
    private int _count;

    /// <summary>How often the store was asked; a wait for news is one question.</summary>
    public int Count => Volatile.Read(ref _count);

    public static (IEventStore Store, CountedStore Counted) Over(IEventStore store)
    {
        var proxy = Create<IEventStore, CountedStore>();
        var counted = (CountedStore)(object)proxy;
        counted._store = store;
        return (proxy, counted);
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        ArgumentNullException.ThrowIfNull(targetMethod);
        if (targetMethod.DeclaringType == typeof(IEventStore))
            Interlocked.Increment(ref _count);
        return targetMethod.Name == nameof(IAsyncDisposable.DisposeAsync) ? ValueTask.CompletedTask : targetMethod.Invoke(_store, args);
    }
}
