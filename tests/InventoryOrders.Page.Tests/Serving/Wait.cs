using Xunit;

namespace InventoryOrders.Page.Tests.Serving;

internal static class Wait
{
    /// <summary>Looks until there is something to see; the test's time limit ends it otherwise.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T?>> look) where T : class
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            if (await look() is { } seen)
                return seen;
            await again.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
