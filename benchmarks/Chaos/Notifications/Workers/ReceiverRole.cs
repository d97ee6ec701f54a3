using Protean.Benchmarks.Chaos.Notifications.Domains;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Benchmarks.Chaos.Workers;

namespace Protean.Benchmarks.Chaos.Notifications.Workers;

/// <summary>A process that receives parcels from the broker, and enters them into accounts.</summary>
internal static class ReceiverRole
{
    public const string Name = "receiver";

    public static Task<int> RunAsync(StoreAddress store, BrokerAddress broker, int number, int seed)
    {
        Orders.Listen();
        var hesitation = new Hesitation(new(seed));
        return EngineHost.RunAsync(log => AccountsDomain.Create(store, broker, log, hesitation), $"{Name}-{number}", hesitation, static (_, _, _) => Task.CompletedTask);
    }
}
