using Protean.Benchmarks.Chaos.Stores;

namespace Protean.Benchmarks.Chaos.Workers;

/// <summary>A process whose callers commit under load until it is told to stop, or is killed.</summary>
internal static class WorkerRole
{
    private const int Callers = 16;

    public static async Task<int> RunAsync(StoreAddress address, int number, int seed)
    {
        var stop = Orders.Listen();
        await using var store = address.Open();
        await Patience.OpenAsync(store, stop);
        var voice = new Voice();
        var mix = new CommitMix(store, new(address), number);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(n => Task.Run(() => new Caller(store, mix, voice, new(HashCode(seed, n))).RunAsync(stop), CancellationToken.None)));
        voice.Say(new() { Done = true });
        return ExitCodes.Done;

        // System.HashCode differs from process to process.
        static int HashCode(int seed, int caller) => unchecked((seed * 397) ^ (caller * 7919));
    }
}
