using Protean.Benchmarks.Chaos.Histories;
using Protean.Benchmarks.Chaos.Stores;

namespace Protean.Benchmarks.Chaos.Running;

/// <summary>The workers of a run. For each one that is killed another takes its place.</summary>
internal sealed class Crew(StoreAddress store, int seed) : IAsyncDisposable
{
    private const int Size = 3;
    private const int CommitsOfTheWell = 20;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly List<Worker> _all = [];
    private readonly List<Worker> _alive = [];

    public int Acknowledged => _all.Sum(static worker => worker.Acknowledged);

    /// <summary>The one that was started last.</summary>
    public Worker Youngest => _alive[^1];

    /// <summary>How many commits had no answer when their worker was killed.</summary>
    public int InFlightAtKills { get; private set; }

    public IReadOnlyCollection<Commitment> Commitments => [.. _all.SelectMany(static worker => worker.Commitments)];

    public void Start()
    {
        while (_alive.Count < Size)
        {
            var number = _all.Count + 1;
            var worker = new Worker(number, unchecked((seed * 31) + number), store);
            _all.Add(worker);
            _alive.Add(worker);
        }
    }

    public Worker Any(Random random) => _alive[random.Next(_alive.Count)];

    /// <summary>Kills a worker and starts another.</summary>
    /// <returns>How many of its commits were in flight.</returns>
    public async Task<int> KillAsync(Worker worker)
    {
        await worker.Child.KillAsync();
        _alive.Remove(worker);
        InFlightAtKills += worker.InFlight;
        Start();
        return worker.InFlight;
    }

    /// <summary>Waits until a worker sends its first commits.</summary>
    public static Task BeginAsync(Worker worker, CancellationToken cancellationToken) =>
        worker.Child.WaitAsync(worker.Begun, _patience, static () => "sent no commit", cancellationToken);

    /// <summary>Waits until a worker commits as it should.</summary>
    public static async Task WorkAsync(Worker worker, CancellationToken cancellationToken)
    {
        await BeginAsync(worker, cancellationToken);
        await worker.WorkAsync(CommitsOfTheWell, _patience, cancellationToken);
    }

    /// <summary>Waits until all workers commit as they should.</summary>
    public Task WorkAsync(CancellationToken cancellationToken) => Task.WhenAll(_alive.Select(worker => WorkAsync(worker, cancellationToken)));

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_alive.Select(worker => worker.Child.StopAsync(_patience, cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _all)
            await worker.DisposeAsync();
    }
}
