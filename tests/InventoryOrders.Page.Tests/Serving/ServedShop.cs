using System.Net.Http.Json;
using System.Text.Json;
using InventoryOrders.Hosting;
using InventoryOrders.Serve;
using InventoryOrders.Stock;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Protean;
using Protean.Engine;
using Xunit;

namespace InventoryOrders.Page.Tests.Serving;

/// <summary>The shop served on a free port, as the program serves it.</summary>
public sealed class ServedShop : IAsyncDisposable
{
    private readonly WebApplication _server;

    private ServedShop(WebApplication server)
    {
        _server = server;
        Address = new(server.Urls.Single());
        Client = new() { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _server.Services;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<ServedShop> OpenAsync(ShopStore? store = null, ServerAddress? address = null)
    {
        var server = ShopServer.Create(store ?? ShopStore.InMemory(), ShopBroker.InMemory(), address ?? ServerAddress.FreeLoopbackPort, logging => logging.ClearProviders());
        await server.StartAsync(Cancellation);
        return new(server);
    }

    public Task<HttpResponseMessage> PostAsync<T>(string path, T body, string? key = null) => SendAsync(HttpMethod.Post, path, JsonContent.Create(body), key);

    public Task<HttpResponseMessage> PutAsync<T>(string path, T body) => SendAsync(HttpMethod.Put, path, JsonContent.Create(body));

    public async Task<JsonElement> GetAsync(string path) => await Client.GetFromJsonAsync<JsonElement>(path, Cancellation);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await Client.SendAsync(request, Cancellation);
    }

    public Task CountAsync(string book, int copies, int reorderBelow = 0) =>
        _server.Services.GetRequiredService<IDomain>().ProcessAsync(new CountStock(book, copies, reorderBelow), Cancellation);

    /// <summary>Does what the API does, without it.</summary>
    public Task DoAsync(ICommand command) => _server.Services.GetRequiredService<IDomain>().ProcessAsync(command, Cancellation);

    /// <summary>Waits for what has happened, and for what follows from it.</summary>
    public Task CaughtUpAsync() => _server.Services.GetRequiredService<DomainEngine>().WaitUntilQuietAsync(Cancellation);

    public Task StopAsync() => _server.StopAsync(Cancellation);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.StopAsync();
        await _server.DisposeAsync();
    }
}
