using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Protean;

/// <summary>Checks the domain and makes its store ready before anything else of the host starts.</summary>
internal sealed class DomainStartup(IServiceProvider services) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var domain = services.GetRequiredService<Domain>();
        await domain.StartAsync(cancellationToken).ConfigureAwait(false);
        var waiting = domain.Model.EventHandlers.Where(h => h.Mode == HandlerMode.Engine).Select(h => h.Name).ToArray();
        if (waiting.Length > 0 && !domain.HasEngine)
            domain.Log.NothingDelivers(string.Join(", ", waiting));
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
