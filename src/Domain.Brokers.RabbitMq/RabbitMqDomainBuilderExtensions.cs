using Microsoft.Extensions.DependencyInjection;
using Protean.Brokers.RabbitMq;

namespace Protean;

/// <summary>Adds RabbitMQ to a domain.</summary>
public static class RabbitMqDomainBuilderExtensions
{
    /// <summary>Takes notifications outside through RabbitMQ.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="uri">The server, the virtual host and who connects: <c>amqp://user:password@host:5672/virtual-host</c>, or <c>amqps://…</c> for TLS.</param>
    /// <param name="configure">Changes the other options.</param>
    public static DomainBuilder UseRabbitMq(this DomainBuilder domain, string uri, Action<RabbitMqOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(domain);
        var options = new RabbitMqOptions { Uri = uri };
        configure?.Invoke(options);
        options.Check();
        return domain.UseBroker(services => new RabbitMqBroker(options, services.GetService<TimeProvider>(), services.GetService<ILogger<RabbitMqBroker>>()));
    }
}
