using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Protean.Brokers;

namespace Protean.Engine;

/// <summary>What the messages of one handler are called at the broker while it is cut in one way: their topic, their group, and the keys that lead to its partitions.</summary>
internal sealed class StreamTopology
{
    private const int Prefetch = 256;
    private const int HashLength = 8;
    private const int LongestName = 60;

    private readonly string[] _keys;

    private StreamTopology(string name, int partitions, string filter)
    {
        // Apart from the domain's own topics, of which somebody may have asked for all.
        Topic = name;
        Group = new() { Name = name, Topics = [name], Partitions = partitions, Prefetch = Prefetch };
        Filter = filter;
        _keys = KeysOf(Group);
    }

    public string Topic { get; }

    public BrokerGroup Group { get; }

    /// <summary>What tells this choice of messages, cut in this way, from any other.</summary>
    public string Filter { get; }

    /// <param name="engine">The engine.</param>
    /// <param name="subscription">The handler.</param>
    /// <param name="cut">What it is cut by.</param>
    /// <param name="partitions">Into how many partitions.</param>
    /// <param name="mark">What tells its store from others that use the same broker.</param>
    public static StreamTopology Of(EngineContext engine, Subscription subscription, PartitionCut cut, int partitions, string mark) =>
        new(NameOf(engine.Domain.Model.Prefix, subscription, partitions, mark), partitions, FilterOf(engine, subscription, cut, partitions));

    /// <summary>Why the messages of a handler can have no name at a broker; nothing if they can.</summary>
    public static string? ProblemOf(string prefix, Subscription subscription) =>
        BrokerNames.ProblemOfTopic(NameOf(prefix, subscription, BrokerGroup.Slots, NewMark())) is { } problem ? $"its name at the broker would begin with '{prefix}:streams', and {problem}" : null;

    /// <summary>A mark for a store that has none.</summary>
    public static string NewMark() => Guid.NewGuid().ToString("n")[..HashLength];

    private static string NameOf(string prefix, Subscription subscription, int partitions, string mark) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}:streams.{Fitting(subscription)}-{partitions}-{mark}");

    /// <summary>A key by which the broker brings a message to a partition. One for all of it, so that they keep their order.</summary>
    public string KeyOf(int partition) => _keys[partition];

    private static string[] KeysOf(BrokerGroup group)
    {
        var keys = new string[group.Partitions];
        for (var (found, number) = (0, 0); found < keys.Length; number++)
        {
            var key = number.ToString(CultureInfo.InvariantCulture);
            if (keys[group.PartitionOf(key)] is not null)
                continue;
            keys[group.PartitionOf(key)] = key;
            found++;
        }

        return keys;
    }

    /// <summary>The name of the handler as brokers can have it. Where that is not its name, it is still none of another's.</summary>
    private static string Fitting(Subscription subscription)
    {
        var name = DomainNaming.Snake(subscription.ShortName);
        return name == subscription.ShortName && name.Length <= LongestName && BrokerNames.ProblemOf(name) is null
            ? name
            : $"{new string([.. name.Where(char.IsAscii).Take(LongestName)])}-{Hash(subscription.Name)[..HashLength]}";
    }

    private static string FilterOf(EngineContext engine, Subscription subscription, PartitionCut cut, int partitions) => Hash(string.Join('\n',
    [
        string.Create(CultureInfo.InvariantCulture, $"{partitions} {cut.Description}"),
        subscription.Source ?? "",
        .. subscription.Categories ?? [StreamName.All],
        "",
        // Who handles any event handles those that its program knows.
        .. subscription.Types ?? [.. engine.Domain.Model.Types.All.SelectMany(t => engine.Domain.Model.Types.NamesOf(t.ClrType)).Order(StringComparer.Ordinal)],
    ]));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}
