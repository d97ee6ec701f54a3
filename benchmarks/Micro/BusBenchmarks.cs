using BenchmarkDotNet.Attributes;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace Protean.Benchmarks;

/// <summary>One event to one and to three subscribers that complete synchronously, on the event bus and with MediatR.</summary>
[MemoryDiagnoser]
public class BusBenchmarks
{
    private static readonly Knocked TheEvent = new();
    private ServiceProvider _services = null!;
    private IEventBus _bus = null!;
    private IMediator _mediator = null!;

    [Params(1, 3)]
    public int Subscribers { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var services = new ServiceCollection();
        services.AddEventBus(bus =>
        {
            // Each has a closure of its own, so that each is another subscriber.
            for (var n = 0; n < Subscribers; n++)
            {
                var count = 0;
                bus.Subscribe<Knocked>(_ => { count++; });
            }
        });
        for (var n = 0; n < Subscribers; n++)
            services.AddTransient<INotificationHandler<Knocked>, KnockedHandler>();
        services.AddTransient<ServiceFactory>(provider => provider.GetService!);
        services.AddTransient<IMediator, Mediator>();
        _services = services.BuildServiceProvider();
        _bus = _services.GetRequiredService<IEventBus>();
        _mediator = _services.GetRequiredService<IMediator>();
    }

    [GlobalCleanup]
    public void Cleanup() => _services.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Benchmark(Baseline = true)]
    public Task MediatR() => _mediator.Publish(TheEvent);

    [Benchmark]
    public ValueTask Bus() => _bus.PublishAsync(TheEvent);

    public sealed record Knocked : IDomainEvent, INotification;

    public sealed class KnockedHandler : INotificationHandler<Knocked>
    {
        private int _count;

        public Task Handle(Knocked notification, CancellationToken cancellationToken)
        {
            _count++;
            return Task.CompletedTask;
        }
    }
}
