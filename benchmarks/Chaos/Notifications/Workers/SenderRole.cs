using System.Globalization;
using Protean.Benchmarks.Chaos.Deliveries.Workers;
using Protean.Benchmarks.Chaos.Notifications.Domains;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Benchmarks.Chaos.Workers;

namespace Protean.Benchmarks.Chaos.Notifications.Workers;

/// <summary>
/// A process that records parcels and takes them to the broker. It is told on its standard input how many there may be by now, and when that is all.
/// </summary>
internal static class SenderRole
{
    public const string Name = "sender";

    private const int Senders = 3;

    public static async Task<int> RunAsync(StoreAddress store, BrokerAddress broker, int number, int seed)
    {
        var allowance = new Allowance();
        var quiet = Orders.Listen(order => allowance.Parcels = long.Parse(order, CultureInfo.InvariantCulture));
        return await EngineHost.RunAsync(log => ShopDomain.Create(store, broker, log), $"{Name}-{number}", new(new(seed)), async (domain, voice, end) =>
        {
            using var watch = CancellationTokenSource.CreateLinkedTokenSource(quiet, end);
            var pace = new Pace(domain.Store);
            var watching = pace.WatchAsync(watch.Token);
            await Task.WhenAll(Enumerable.Range(0, Senders).Select(n => new Sender(domain, pace, allowance, new(unchecked((seed * 397) ^ (n * 7919)))).RunAsync(quiet, end)));
            await watching;
            if (!end.IsCancellationRequested)
                voice.Say(new() { IsQuiet = true });
        });
    }
}

/// <summary>How many parcels all desks together may have sent by now.</summary>
internal sealed class Allowance
{
    private long _parcels;

    public long Parcels
    {
        get => Interlocked.Read(ref _parcels);
        set => Interlocked.Exchange(ref _parcels, value);
    }
}
