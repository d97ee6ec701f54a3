using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Workers;

/// <summary>Does again what the store could not do because it could not be reached.</summary>
internal static class Patience
{
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    public static async Task<TResult> WithAsync<TResult>(Func<Task<TResult>> ask, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(Pause, stop);
            }
        }
    }

    public static Task OpenAsync(IEventStore store, CancellationToken stop) => WithAsync(
        async () =>
        {
            await Stores.StoreAddress.InitializeAsync(store, stop);
            return true;
        },
        stop);
}
