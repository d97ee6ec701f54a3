using Microsoft.Extensions.DependencyInjection;

namespace Protean;

/// <summary>Takes events from the commits of a domain to its bus.</summary>
internal sealed class PublishedEvents(Domain domain)
{
    private IEventBus? _bus;
    private volatile EventBus? _attached;

    /// <summary>The bus of the host, whoever provides it.</summary>
    public IEventBus Bus => _bus ??= domain.Services.GetRequiredService<IEventBus>();

    public void Attach(EventBus bus) => _attached = bus;

    public Task StopAsync() => _attached?.StopAsync() ?? Task.CompletedTask;

    /// <summary>Publishes what a unit of work has published, in its order, now that it is committed. Fails for nothing: the commit stands.</summary>
    public async ValueTask PublishAsync(IReadOnlyList<IEvent> events)
    {
        HandlerContext.Leave();
        foreach (var e in events)
        {
            try
            {
                if (Bus is ICommittedEvents own)
                    await own.PublishCommittedAsync(e).ConfigureAwait(false);
                else
                    await Bus.PublishAsync(e).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                domain.Log.PublishingFailed(error, DomainNaming.ClassName(e.GetType()));
            }
        }
    }
}
