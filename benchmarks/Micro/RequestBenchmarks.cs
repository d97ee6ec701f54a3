using BenchmarkDotNet.Attributes;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace Protean.Benchmarks;

/// <summary>A request to one handler that completes synchronously, with and without a middleware, on the domain and with MediatR.</summary>
[MemoryDiagnoser]
public class RequestBenchmarks
{
    private static readonly Look TheQuery = new();
    private static readonly MediatorRequest TheRequest = new();
    private ServiceProvider _services = null!;
    private Domain _domain = null!;
    private IMediator _mediator = null!;

    [Params(false, true)]
    public bool Middleware { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _domain = Domain.Create("bank", domain =>
        {
            domain.QueryHandler().On<Look, int>((_, _) => 42);
            if (Middleware)
                domain.Use(new PassingOn());
            domain.UseInMemory();
        });
        var services = new ServiceCollection();
        services.AddTransient<IRequestHandler<MediatorRequest, int>, MediatorHandler>();
        services.AddTransient<ServiceFactory>(provider => provider.GetService!);
        services.AddTransient<IMediator, Mediator>();
        if (Middleware)
            services.AddTransient<IPipelineBehavior<MediatorRequest, int>, PassingOnBehavior>();
        _services = services.BuildServiceProvider();
        _mediator = _services.GetRequiredService<IMediator>();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _domain.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _services.Dispose();
    }

    [Benchmark(Baseline = true)]
    public Task<int> MediatR() => _mediator.Send(TheRequest);

    [Benchmark]
    public Task<int> Query() => _domain.QueryAsync(TheQuery);

    public sealed record Look : IQuery<int>;

    public sealed record MediatorRequest : IRequest<int>;

    public sealed class MediatorHandler : IRequestHandler<MediatorRequest, int>
    {
        private static readonly Task<int> Answer = Task.FromResult(42);

        public Task<int> Handle(MediatorRequest request, CancellationToken cancellationToken) => Answer;
    }

    public sealed class PassingOn : IMessageMiddleware
    {
        public ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next) => next();
    }

    public sealed class PassingOnBehavior : IPipelineBehavior<MediatorRequest, int>
    {
        public Task<int> Handle(MediatorRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<int> next) => next();
    }
}
