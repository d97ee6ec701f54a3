namespace InventoryOrders.Serve;

/// <summary>
/// Refuses what another site has a browser send here. The shop asks nobody who they are, so the page of any site could otherwise ship its orders.
/// </summary>
public sealed class SameOriginOnly(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || IsSameOrigin(request))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    /// <summary>Programs that are no browsers send no origin.</summary>
    private static bool IsSameOrigin(HttpRequest request) =>
        request.Headers.Origin is not [{ } origin] || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
}
