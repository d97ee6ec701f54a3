using System.Net;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace InventoryOrders.Page.Tests.Serving;

/// <summary>An answer that refuses.</summary>
internal sealed record Problem(HttpStatusCode Status, string Title, string? Detail, IReadOnlyDictionary<string, string[]> Errors, string Text)
{
    public static async Task<Problem> OfAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json", $"{response.StatusCode}: {text}");
        var body = JsonSerializer.Deserialize<JsonElement>(text);
        body.GetProperty("status").GetInt32().ShouldBe((int)response.StatusCode);
        return new(
            response.StatusCode,
            body.GetProperty("title").GetString()!,
            body.TryGetProperty("detail", out var detail) ? detail.GetString() : null,
            body.TryGetProperty("errors", out var errors) ? errors.Deserialize<Dictionary<string, string[]>>()! : new Dictionary<string, string[]>(),
            text);
    }
}
