using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace InventoryOrders.Serve.Telemetry;

/// <summary>
/// Exports spans and metrics to the collector that <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names; without it, nobody listens to them. The other
/// <c>OTEL_</c> variables hold as everywhere.
/// </summary>
public sealed class OtlpExport(IConfiguration configuration) : IHostedService, IDisposable
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Protean = "Protean";

    /// <summary>A collector that is away must not hold up the end.</summary>
    private const int MillisecondsToFlush = 3_000;

    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(configuration[Endpoint]))
            return Task.CompletedTask;
        _traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => resource.AddService(Shop.Name))
            .AddSource(Protean, "Microsoft.AspNetCore")
            .AddOtlpExporter()
            .Build();
        _metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService(Shop.Name))
            .AddMeter(Protean, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Routing", "Microsoft.AspNetCore.Diagnostics")
            .AddOtlpExporter()
            .Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        // Both at once: together they take no longer than one.
        return Task.WhenAll(
            Task.Run(() => _traces?.Shutdown(MillisecondsToFlush), CancellationToken.None),
            Task.Run(() => _metrics?.Shutdown(MillisecondsToFlush), CancellationToken.None));
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }
}
