using Microsoft.Extensions.Hosting;

namespace Protean.Engine;

/// <summary>Runs the engine as long as its host runs: started after everything else of the host, stopped before it.</summary>
internal sealed class EngineService(DomainEngine engine) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => engine.StartAsync(cancellationToken);

    public Task StoppingAsync(CancellationToken cancellationToken) => engine.StopAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
