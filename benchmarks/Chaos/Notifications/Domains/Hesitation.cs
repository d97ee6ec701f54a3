namespace Protean.Benchmarks.Chaos.Notifications.Domains;

/// <summary>Holds a receiver up now and then, as a busy machine would, where it must not matter that it is killed: otherwise these moments are too short to be met.</summary>
internal sealed class Hesitation(Random random)
{
    /// <summary>Of how many batches one is held up.</summary>
    public const int OfABatch = 2;

    /// <summary>Of how many messages one is held up.</summary>
    public const int OfAMessage = 40;

    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(30);

    private readonly Lock _gate = new();

    /// <param name="oneIn">One of how many calls pauses.</param>
    public void Pause(int oneIn)
    {
        TimeSpan pause;
        lock (_gate)
            pause = random.Next(oneIn) == 0 ? _longest * random.NextDouble() : default;
        if (pause > TimeSpan.Zero)
            Thread.Sleep(pause);
    }
}
