using System.Net.ServerSentEvents;
using System.Text.Json;
using Xunit;

namespace InventoryOrders.Page.Tests.Serving;

/// <summary>Reads server-sent events as a page does: a part is as it was last sent, until it is sent again.</summary>
internal sealed class EventReader : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _events;
    private readonly Dictionary<string, JsonElement> _parts = [];

    private EventReader(HttpResponseMessage response, Stream body)
    {
        _response = response;
        _events = SseParser.Create(body).EnumerateAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
    }

    public static async Task<EventReader> OpenAsync(HttpClient client)
    {
        var response = await client.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return new(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Reads on until a part of the page is as described.</summary>
    public async Task<JsonElement> UntilAsync(string part, Func<JsonElement, bool> isSo)
    {
        if (_parts.TryGetValue(part, out var last) && isSo(last))
            return last;
        while (await _events.MoveNextAsync())
        {
            if (_events.Current.Data.Length == 0)
                continue;
            var value = _parts[_events.Current.EventType] = JsonSerializer.Deserialize<JsonElement>(_events.Current.Data);
            if (_events.Current.EventType == part && isSo(value))
                return value;
        }

        throw new InvalidOperationException($"The stream has ended, and '{part}' was not as described.");
    }

    /// <summary>Reads to the end.</summary>
    public async Task EndAsync()
    {
        while (await _events.MoveNextAsync())
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync();
        _response.Dispose();
    }
}
