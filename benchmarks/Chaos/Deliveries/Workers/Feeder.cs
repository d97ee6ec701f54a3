using Protean.Benchmarks.Chaos.Deliveries.Books;
using Protean.Benchmarks.Chaos.Workers;

namespace Protean.Benchmarks.Chaos.Deliveries.Workers;

/// <summary>Writes events and commands, some of which bring trouble. What of it is there in the end stands in the log, so that nobody notes what came back.</summary>
internal sealed class Feeder(Domain domain, Pace pace, string name, Random random)
{
    private const int Sources = 24;
    private const int Targets = 16;

    // More than a snapshot covers, and few enough that what is kept does not slow the run down.
    private const int EventsOfATarget = 100;
    private const int MostEvents = 3;
    private const double Commands = 0.1;
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan _longestBetweenTroubles = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan _longestSlowness = TimeSpan.FromMilliseconds(2_500);
    private static readonly TimeSpan _longestFlakiness = TimeSpan.FromMilliseconds(500);

    private DateTimeOffset _nextTrouble = TimeProvider.System.GetUtcNow() + (_longestBetweenTroubles * random.NextDouble());
    private int _credits;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await pace.KeepAsync(stop);
                if (random.NextDouble() < Commands)
                    await EnqueueAsync();
                else
                    await EmitAsync();
                await Task.Delay(_longestPause * random.NextDouble(), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception error) when (error is StoreUnavailableException or CommitOutcomeUnknownException or ConcurrencyException)
            {
                // Taken or not: the log says it.
                await Task.Delay(Patience.Pause, CancellationToken.None);
            }
        }
    }

    private async Task EmitAsync()
    {
        var sources = domain.Repository<Source>();
        var id = $"s{random.Next(Sources)}";
        var source = await sources.FindAsync(id) ?? Source.Of(id);
        for (var n = random.Next(1, MostEvents + 1); n > 0; n--)
            source.Emit($"t{random.Next(Targets)}.{source.Emitted / EventsOfATarget}", IsTroubleDue() ? NextTrouble() : null);
        await sources.SaveAsync(source);
    }

    private async Task EnqueueAsync() =>
        await domain.EnqueueAsync(new Credit(BooksDomain.AccountOf(random.Next(100)), $"{name}.{_credits++}", IsPoison: IsTroubleDue()));

    private bool IsTroubleDue()
    {
        var now = TimeProvider.System.GetUtcNow();
        if (now < _nextTrouble)
            return false;
        _nextTrouble = now + (_longestBetweenTroubles * random.NextDouble());
        return true;
    }

    private Trouble NextTrouble()
    {
        var kind = (TroubleKind)random.Next(3);
        var length = (kind == TroubleKind.Slow ? _longestSlowness : _longestFlakiness) * random.NextDouble();
        return new(Handlers.All[random.Next(Handlers.All.Count)], kind, TimeProvider.System.GetUtcNow(), length);
    }
}
