using Microsoft.Extensions.DependencyInjection;
using Protean.Tests.Bus;
using Shouldly;
using Xunit;

namespace Protean.Tests.Allocations;

/// <summary>Subscribers that complete synchronously cost the publisher not a byte.</summary>
[Collection(nameof(Alone))]
public sealed class BusAllocationTests
{
    private static readonly ArticleCreated Event = new(1, 2);

    private int _heard;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Publish_ToActions_AllocatesNothing(int subscribers)
    {
        await using var test = new TestBus(bus => Times(subscribers, n => bus.Subscribe<ArticleCreated>(_ => { _heard += n; })));

        Cheapest(test.Bus).ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Publish_ToValueTasksThatAreComplete_AllocatesNothing(int subscribers)
    {
        await using var test = new TestBus(bus => Times(subscribers, n => bus.Subscribe<ArticleCreated>((_, _) =>
        {
            _heard += n;
            return ValueTask.CompletedTask;
        })));

        Cheapest(test.Bus).ShouldBe(0);
    }

    [Fact]
    public async Task Publish_ToASingletonClass_AllocatesNothing()
    {
        await using var test = new TestBus(bus => bus.Use<Silent>(), more: services => services.AddSingleton<Silent>());

        Cheapest(test.Bus).ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Publish_OnTheBusOfADomain_AllocatesNothing(int subscribers)
    {
        await using var domain = Domain.Create("test", d => d.UseInMemory().Bus(bus => Times(subscribers, n => bus.Subscribe<ArticleCreated>(_ => { _heard += n; }))));

        Cheapest(domain.Bus).ShouldBe(0);
    }

    [Fact]
    public async Task Publish_WithATokenThatCanBeCancelled_AllocatesNothing()
    {
        using var cancellation = new CancellationTokenSource();
        await using var test = new TestBus(bus => bus.Subscribe<ArticleCreated>((_, _) => ValueTask.CompletedTask));

        Cheapest(test.Bus, cancellation.Token).ShouldBe(0);
    }

    private static void Times(int count, Action<int> act)
    {
        // Each call of the lambda makes another closure, so that each is another subscriber.
        for (var n = 1; n <= count; n++)
            act(n);
    }

    private static long Cheapest(IEventBus bus, CancellationToken cancellationToken = default)
    {
        var cheapest = long.MaxValue;
        for (var i = 0; i < 500; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var publishing = bus.PublishAsync(Event, cancellationToken);
            if (!publishing.IsCompletedSuccessfully)
                throw new InvalidOperationException("It did not complete synchronously.");
            cheapest = Math.Min(cheapest, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return cheapest;
    }

    private sealed class Silent : ISubscribe<ArticleCreated>
    {
        public ValueTask OnAsync(ArticleCreated @event, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
