using Protean.Brokers;

namespace Protean.Benchmarks.Chaos.Notifications.Domains;

/// <summary>Where the broker of a run is, and what things of the run are called there.</summary>
/// <param name="Uri">The server.</param>
/// <param name="Prefix">What all names of the run begin with, so that runs on one server do not meet.</param>
internal sealed record BrokerAddress(string Uri, string Prefix)
{
    // Not among the arguments, which everybody on the machine can read: the address holds a password.
    private const string UriVariable = "PROTEAN_CHAOS_BROKER";
    private const string PrefixVariable = "PROTEAN_CHAOS_PREFIX";

    /// <summary>The handler that the broker feeds, in the consuming domain.</summary>
    public const string StreamHandler = "statements";

    /// <summary>Into how many partitions it is cut.</summary>
    public const int StreamPartitions = 4;

    /// <summary>Where the notifications of the run go.</summary>
    public string Parcels => $"{Prefix}.parcel_sent";

    /// <summary>Where the word goes that no more will come.</summary>
    public string Closing => $"{Prefix}.shop_closed";

    /// <summary>The group of the consuming domain.</summary>
    public BrokerGroup Accounts => new() { Name = $"{Prefix}.accounts", Topics = [Parcels, Closing] };

    /// <summary>What the consuming domain is called: what its engine publishes has names that begin with it.</summary>
    public string AccountsDomain => $"{Prefix}_accounts";

    /// <summary>The checkpoint of what brings the handler's messages to the broker.</summary>
    public string StreamRelay => $"{AccountsDomain}::{StreamHandler}:stream";

    /// <summary>The group of the handler that the broker feeds, as the engine declares it.</summary>
    /// <param name="mark">What the engine tells the store by from others at the broker.</param>
    public BrokerGroup Stream(string mark)
    {
        var name = $"{AccountsDomain}:streams.{StreamHandler}-{StreamPartitions}-{mark}";
        return new() { Name = name, Topics = [name], Partitions = StreamPartitions };
    }

    /// <summary>The group of the run itself, which looks at what is on the wire.</summary>
    public BrokerGroup Observer => new() { Name = $"{Prefix}.observer", Topics = [Parcels, Closing] };

    /// <returns>Nothing if the run that has started this process has no broker.</returns>
    public static BrokerAddress? FromEnvironment() =>
        (Environment.GetEnvironmentVariable(UriVariable), Environment.GetEnvironmentVariable(PrefixVariable)) is ({ Length: > 0 } uri, { Length: > 0 } prefix) ? new(uri, prefix) : null;

    public void WriteTo(IDictionary<string, string?> environment)
    {
        environment[UriVariable] = Uri;
        environment[PrefixVariable] = Prefix;
    }
}
