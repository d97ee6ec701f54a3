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
        var callers = Enumerable.Range(0, Callers).Select(n => Task.Run(() => new Caller(store, mix, voice, new(Seed(seed, n))).RunAsync(stop), CancellationToken.None));
        // One that fails ends the process at once, so that the run learns of it.
        await foreach (var caller in Task.WhenEach(callers))
            await caller;
        voice.Say(new() { Done = true });
        return ExitCodes.Done;

        // System.HashCode differs from process to process.
        static int Seed(int seed, int caller) => unchecked((seed * 397) ^ (caller * 7919));
    }
}
