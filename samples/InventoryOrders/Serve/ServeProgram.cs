using InventoryOrders.Hosting;
using Protean;

namespace InventoryOrders.Serve;

/// <summary>Serves the shop over HTTP until it is told to stop.</summary>
public static class ServeProgram
{
    private const int Failed = 1;

    public static async Task<int> RunAsync(ShopStore store, ShopBroker broker, ServerAddress address, bool isVerbose, CancellationToken cancellationToken)
    {
        try
        {
            await using var server = ShopServer.Create(store, broker, address, logging =>
            {
                logging.LogToStandardError(isVerbose: true);
                logging.SetMinimumLevel(isVerbose ? LogLevel.Information : LogLevel.Warning);
                if (!isVerbose)
                    logging.AddFilter(static level => level >= LogLevel.Warning);
            });
            await server.StartAsync(cancellationToken);
            Console.WriteLine($"A book shop, kept in {store.Description}.");
            Console.WriteLine($"Listening on {server.Urls.First()} (the page), with its API described at /openapi/v1.json. Ctrl+C stops it.");
            await server.WaitForShutdownAsync(cancellationToken);
            Console.WriteLine("Stopped.");
            return 0;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Told to stop before it had started.
            return 0;
        }
        catch (Exception error) when (error is IOException or ProteanException)
        {
            await Console.Error.WriteLineAsync($"The shop cannot be served: {error.Message}");
            return Failed;
        }
    }
}
