using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InventoryOrders.Serve.Page;

/// <summary>The one page of the shop: everything it needs is in it, and nothing from elsewhere may run in it.</summary>
internal static class ShopPage
{
    private const string NonceMark = "{nonce}";

    private static readonly string _html = Read();

    public static void MapPage(this IEndpointRouteBuilder server) => server.MapGet("/", Show).ExcludeFromDescription();

    private static ContentHttpResult Show(HttpContext context)
    {
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        return TypedResults.Content(_html.Replace(NonceMark, nonce, StringComparison.Ordinal), "text/html", Encoding.UTF8);
    }

    private static string Read()
    {
        using var resource = typeof(ShopPage).Assembly.GetManifestResourceStream("page.html")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
