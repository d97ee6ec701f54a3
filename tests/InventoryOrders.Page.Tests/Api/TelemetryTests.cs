using System.Diagnostics;
using System.Diagnostics.Metrics;
using InventoryOrders.Page.Tests.Serving;
using InventoryOrders.Serve.Telemetry;
using Microsoft.Extensions.Configuration;
using Shouldly;
using Xunit;

namespace InventoryOrders.Page.Tests.Api;

/// <summary>What is exported, taken by a collector that only takes.</summary>
public sealed class TelemetryTests
{
    private const int HangLimit = 60_000;

    private static readonly (string, string) _protocol = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");

    [Fact(Timeout = HangLimit)]
    public async Task Export_WithAnEndpoint_SendsSpansAndMetrics()
    {
        await using var collector = await Collector.StartAsync();

        await SellAsync(collector, _protocol, ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_BSP_SCHEDULE_DELAY", "100"), ("OTEL_METRIC_EXPORT_INTERVAL", "200"));

        var spans = collector.TakenAt("/v1/traces");
        var metrics = collector.TakenAt("/v1/metrics");
        spans.ShouldSatisfyAllConditions(
            () => spans.ShouldContain("inventory-orders"),
            () => spans.ShouldContain("command PlaceOrder"),
            () => spans.ShouldContain("deliver OrderSummary"),
            () => spans.ShouldContain("Microsoft.AspNetCore"),
            () => metrics.ShouldContain("protean.handled"),
            () => metrics.ShouldContain("http.server.request.duration"),
            () => spans.ShouldNotContain("book-nobody-is-to-see"));
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("http://127.0.0.1:9", true)]
    public async Task Export_WithoutAnEndpoint_ListensToNothing(string? endpoint, bool listens)
    {
        using var source = new ActivitySource("Protean");
        using var meter = new Meter("Protean");
        var counter = meter.CreateCounter<int>("looked.at");
        using var configuration = new ConfigurationManager();
        configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
        using var export = new OtlpExport(configuration);

        await export.StartAsync(TestContext.Current.CancellationToken);

        (source.HasListeners(), counter.Enabled).ShouldBe((listens, listens));
    }

    /// <summary>Waits until something was sent: the end gives a first connection three seconds at most. What is not sent by then is sent at the end.</summary>
    private static async Task SellAsync(Collector collector, params (string, string)[] environment)
    {
        await using var server = await ServerProcess.StartAsync([], environment);
        await PutAsync(server, "/api/stock/dune", """{"quantity":100}""");
        await PutAsync(server, "/api/stock/dune/supplier", """{"supplier":"book-nobody-is-to-see"}""");
        using var order = new StringContent("""{"orderId":"o-1","bookId":"dune","quantity":1}""", null, "application/json");
        (await server.Client.PostAsync("/api/orders", order, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        await using var events = await EventReader.OpenAsync(server.Client);
        await events.UntilAsync("orders", orders => orders.GetArrayLength() == 1);
        await Wait.UntilAsync(() => Task.FromResult(collector.TakenAt("/v1/traces").Length > 0 && collector.TakenAt("/v1/metrics").Length > 0 ? collector : null));
        await server.SignalAsync("TERM");
        (await server.EndAsync()).ExitCode.ShouldBe(0);
    }

    private static async Task PutAsync(ServerProcess server, string path, string body)
    {
        using var content = new StringContent(body, null, "application/json");
        (await server.Client.PutAsync(path, content, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
    }
}
