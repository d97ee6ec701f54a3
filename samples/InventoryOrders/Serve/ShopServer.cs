using System.Text.Json.Serialization;
using InventoryOrders.Hosting;
using InventoryOrders.Serve.Endpoints;
using InventoryOrders.Serve.Live;
using InventoryOrders.Serve.Page;
using InventoryOrders.Serve.Problems;
using InventoryOrders.Serve.Telemetry;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Protean;

namespace InventoryOrders.Serve;

/// <summary>The shop as a web server: its API, its page, and the engine inside.</summary>
public static class ShopServer
{
    private const int LargestBody = 64 * 1024;

    /// <summary>Longer than the engine's drain limit, and shorter than the time that the program has to tidy up.</summary>
    private static readonly TimeSpan _timeToStop = TimeSpan.FromSeconds(15);

    public static WebApplication Create(ShopStore store, ShopBroker broker, ServerAddress address, Action<ILoggingBuilder> log)
    {
        // The settings stand beside the program, wherever it is called from.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        log(builder.Logging);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(address.Ip, address.Port);
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.AddServerHeader = false;
        });
        AddServices(builder.Services, store, broker, address);
        var server = builder.Build();
        Map(server);
        return server;
    }

    private static void AddServices(IServiceCollection services, ShopStore store, ShopBroker broker, ServerAddress address)
    {
        services.AddHostedService<OtlpExport>();
        services.AddShop(store, broker).UseValidation();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<LiveBoard>();
        services.AddHealthChecks().AddProteanEngine();
        services.AddProblemDetails();
        services.AddExceptionHandler<ShopExceptionHandler>();
        services.AddOpenApi(options => options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "InventoryOrders";
            document.Info.Description = "A book shop: its stock, its orders, and the engine that lets one follow the other.";
            return Task.CompletedTask;
        }));
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.Converters.Add(new JsonStringEnumConverter());
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            options.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        });
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.Configure<HostOptions>(options => options.ShutdownTimeout = _timeToStop);
        // A site that has its name point here is not this one.
        if (address.IsLoopback)
            services.Configure<HostFilteringOptions>(options => (options.AllowedHosts, options.IncludeFailureMessage) = (["localhost", "127.0.0.1", "[::1]"], false));
    }

    private static void Map(WebApplication server)
    {
        server.UseExceptionHandler();
        server.UseStatusCodePages();
        server.UseMiddleware<SameOriginOnly>();
        server.MapOpenApi();
        server.MapPage();
        server.MapLive();
        server.MapHealth();
        var api = server.MapGroup("/api");
        api.MapStock();
        api.MapOrders();
        api.MapDeadLetters();
        api.MapSubscriptions();
    }
}
