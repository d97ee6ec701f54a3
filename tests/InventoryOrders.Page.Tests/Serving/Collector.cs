using System.Collections.Concurrent;
using System.Net;
using System.Text;
using InventoryOrders.Serve;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace InventoryOrders.Page.Tests.Serving;

/// <summary>Takes what is exported to it with OTLP over HTTP.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentQueue<(string Path, string Body)> _taken = new();

    private Collector()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, ServerAddress.FreeLoopbackPort.Port));
        _server = builder.Build();
        _server.MapPost("/{**path}", TakeAsync);
    }

    public string Address => _server.Urls.Single();

    public int Count => _taken.Count;

    public static async Task<Collector> StartAsync()
    {
        var collector = new Collector();
        await collector._server.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    /// <summary>All that was sent to a path, as text: names stand as they are in the binary format.</summary>
    public string TakenAt(string path) => string.Concat(_taken.Where(taken => taken.Path == path).Select(taken => taken.Body));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _taken.Enqueue((context.Request.Path, Encoding.UTF8.GetString(body.ToArray())));
    }
}
