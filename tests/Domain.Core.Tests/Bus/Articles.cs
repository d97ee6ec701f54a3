using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Protean.Tests.Processing;
using Xunit;

namespace Protean.Tests.Bus;

public interface IArticleEvent : IDomainEvent
{
    int ArticleId { get; }
}

public abstract record ArticleEvent(int ArticleId) : IArticleEvent;

public sealed record ArticleCreated(int ArticleId, int AuthorId) : ArticleEvent(ArticleId);

public sealed record ArticleCommentAdded(int ArticleId, string Text) : ArticleEvent(ArticleId);

public sealed record UserFollowed(int UserId) : IDomainEvent;

[EventCategory(EventCategory.System)]
public record UserLoggedIn(string UserId) : IDomainEvent;

public sealed record UserReturned(string UserId, int Days) : UserLoggedIn(UserId);

public sealed record NewsletterDue(int Issue) : INotificationEvent;

/// <summary>A bus without a domain, its log, and what its services provide.</summary>
public sealed class TestBus : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public TestBus(Action<BusBuilder>? declare = null, TimeProvider? clock = null, Action<IServiceCollection>? more = null)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Log));
        services.AddEventBus(declare);
        if (clock is not null)
            services.AddSingleton(clock);
        more?.Invoke(services);
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true });
    }

    public IEventBus Bus => _services.GetRequiredService<IEventBus>();

    public CapturedLog Log { get; } = new();

    public IServiceProvider Services => _services;

    /// <summary>Stops the bus, as its host does at the end.</summary>
    public Task StopAsync() => _services.GetRequiredService<EventBus>().StopAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}

/// <summary>Something that a subscriber waits for until the test opens it, and that the test can wait for somebody to arrive at.</summary>
public sealed class Door
{
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<bool> _arrivals = Channel.CreateUnbounded<bool>();
    private int _within;
    private int _mostWithin;

    public int MostWithin => _mostWithin;

    public void Open() => _open.SetResult();

    public Task ArrivedAsync() => _arrivals.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask();

    public async Task PassAsync(CancellationToken cancellationToken = default)
    {
        var within = Interlocked.Increment(ref _within);
        InterlockedMax(ref _mostWithin, within);
        _arrivals.Writer.TryWrite(true);
        try
        {
            await _open.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _within);
        }
    }

    private static void InterlockedMax(ref int place, int value)
    {
        for (var seen = Volatile.Read(ref place); seen < value; seen = Volatile.Read(ref place))
            Interlocked.CompareExchange(ref place, value, seen);
    }
}
