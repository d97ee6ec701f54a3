using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Protean;

/// <summary>Checks the bus when its host starts, and drains it when everything else of the host has stopped: until then somebody may publish.</summary>
internal sealed class BusLifetime(IServiceProvider services) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _ = services.GetRequiredService<EventBus>();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => services.GetRequiredService<EventBus>().StopAsync(cancellationToken);
}
