using System.Diagnostics;
using System.Globalization;
using Protean.Benchmarks.Chaos.Deliveries.Running;
using Protean.Benchmarks.Chaos.Notifications.Workers;
using Protean.Benchmarks.Chaos.Workers;
using Protean.EventStore.TestServer;
using BrokerStop = Protean.Brokers.TestServer.StopMode;
using StoreStop = Protean.EventStore.TestServer.StopMode;

namespace Protean.Benchmarks.Chaos.Notifications.Running;

/// <summary>
/// The broker of a run, which goes and comes back now and then if its server is private, and the flow of notifications to it. It is killed first, then stopped, and so on in turn; when it is stopped the store
/// is crashed with it, if its server is private. Queues are emptied now and then when one is killed that read from them.
/// </summary>
internal sealed class BrokerSurroundings(Cluster cluster, Observer observer, Counter counter, BrokerVenue venue, PostgresServer? store, int notifications) : ISurroundings
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan _longestLoad = TimeSpan.FromSeconds(5);

    /// <summary>How long queues stay without a reader whose reader was killed.</summary>
    private static readonly TimeSpan _untilOthersTakeOver = TimeSpan.FromSeconds(2);

    private int _before;
    private long _allowed;
    private int _stops;
    private int _deaths;
    private bool _isGone;

    /// <summary>How often the broker was killed.</summary>
    public int BrokerKills { get; private set; }

    /// <summary>How often the store was crashed.</summary>
    public int Crashes { get; private set; }

    /// <summary>How many messages were thrown away in queues that the store has to fill in for.</summary>
    public long Thrown { get; private set; }

    public string Restarted => $"the broker was {(IsKill ? "killed" : "stopped")} and started again{(IsStoreToo ? ", the store with it as in a crash" : "")}, and everything came through that had been recorded";

    private bool IsKill => _stops % 2 == 1;

    private bool IsStoreToo => store is not null && !IsKill;

    /// <summary>Says how many may be recorded by now, so that neither kills nor notifications run out before the others.</summary>
    public Task GoOnAsync(int kill, int of, CancellationToken cancellationToken)
    {
        (_before, _allowed) = (observer.Count, (long)notifications * kill / of);
        return cluster.TellAsync(_allowed.ToString(CultureInfo.InvariantCulture), cancellationToken);
    }

    /// <summary>Waits until so much has come out of the broker of what was allowed last, or for a while if that is slow.</summary>
    public async Task LoadAsync(double part, CancellationToken cancellationToken)
    {
        var goal = _before + ((_allowed - _before) * part);
        for (var begin = Stopwatch.GetTimestamp(); observer.Count < goal && Stopwatch.GetElapsedTime(begin) < _longestLoad;)
            await Task.Delay(Patience.Pause, cancellationToken);
    }

    /// <summary>Empties the queues of the handler that the broker feeds, every second time that one is killed who may have read from them: they have what was not acknowledged.</summary>
    public async Task KilledAsync(Node node, int partitions, CancellationToken cancellationToken)
    {
        if (node.Post.Role != ReceiverRole.Name || partitions == 0 || _isGone || _deaths++ % 2 > 0)
            return;
        venue.Stream ??= await counter.StreamAsync(cancellationToken);
        if (venue.Stream is { } stream)
            Thrown += await venue.EmptyStreamAsync(stream, _untilOthersTakeOver, cancellationToken);
    }

    public async Task StopServerAsync(CancellationToken cancellationToken)
    {
        _stops++;
        if (IsKill)
        {
            venue.Stream ??= await counter.StreamAsync(cancellationToken);
            await venue.WaitUntilNotedAsync(cancellationToken);
        }

        _isGone = true;
        // First: what the broker still delivers meanwhile cannot be kept.
        if (IsStoreToo)
            await store!.StopAsync(StoreStop.Immediate, cancellationToken);
        await venue.Server!.StopAsync(IsKill ? BrokerStop.Immediate : BrokerStop.Fast, cancellationToken);
        BrokerKills += IsKill ? 1 : 0;
    }

    public async Task StartServerAsync(CancellationToken cancellationToken)
    {
        await venue.Server!.StartAgainAsync(cancellationToken);
        _isGone = false;
        if (!IsStoreToo)
            return;
        await store!.StartAgainAsync(cancellationToken);
        Crashes++;
    }

    public Task CatchUpAsync(CancellationToken cancellationToken) =>
        Patience.WithAsync(
            async () =>
            {
                await counter.ArriveAsync(_patience, cancellationToken);
                return true;
            },
            cancellationToken);
}
