using Protean;

namespace InventoryOrders.Hosting;

/// <summary>Adds the shop to a host, whatever else the host does.</summary>
public static class ShopHosting
{
    /// <summary>Adds the domain on a store and a broker, and the engine, which is set up in <c>appsettings.json</c>.</summary>
    public static DomainBuilder AddShop(this IServiceCollection services, ShopStore store, ShopBroker broker)
    {
        var domain = services.AddDomain(Shop.Name, Shop.Declare);
        store.AddTo(domain);
        broker.AddTo(domain);
        return domain.AddEngine();
    }

    /// <summary>Logs to standard error, so that what the program prints stays readable, or not at all.</summary>
    public static ILoggingBuilder LogToStandardError(this ILoggingBuilder logging, bool isVerbose)
    {
        logging.ClearProviders();
        if (isVerbose)
        {
            logging.AddSimpleConsole(options => options.SingleLine = true);
            logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        }

        return logging;
    }
}
