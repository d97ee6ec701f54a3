using System.Text.Json;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>What a node tells the others with its heartbeat: the subscriptions it has, which types of messages each handles there, and in which version.</summary>
internal sealed class NodeProfile
{
    private readonly Told _told;
    private readonly string _text;

    private NodeProfile(Told told)
    {
        _told = told;
        _text = JsonSerializer.Serialize(told, JsonSerializerOptions.Web);
    }

    /// <param name="subscriptions">What the node has.</param>
    /// <param name="types">The types of the domain.</param>
    /// <param name="since">When the node was started.</param>
    public static NodeProfile Of(IEnumerable<Subscription> subscriptions, MessageTypes types, DateTimeOffset since)
    {
        string[] all = [.. types.All.Select(t => t.Name)];
        return new(new(since.UtcTicks, subscriptions.ToDictionary(s => s.Name, s => new Hosted([.. (s.Types ?? all).Select(t => StreamName.StableHash(t)).Order()], s.Version, s.Cut.Description))));
    }

    /// <summary>
    /// The nodes that are alive, with what they may host. Of several versions of a program those stand back that do not know a type which another one
    /// handles; where each knows one that the other does not, the older program does. Of a projection only those may host whose version its documents are of, and only those that cut it as it is cut.
    /// </summary>
    public static IReadOnlyList<LiveNode> Eligible(IEnumerable<NodeStatus> alive, IReadOnlyDictionary<string, SubscriptionLayout> layouts)
    {
        var nodes = alive.Select(n => (n.Node, Told: Read(n.Data))).ToArray();
        return [.. nodes.Select(n => new LiveNode(n.Node, n.Told.Subscriptions.Where(own => MayHost(own.Key, own.Value, n.Told.Since)).Select(own => own.Key).ToHashSet()))];

        bool MayHost(string name, Hosted own, long since) =>
            layouts.TryGetValue(name, out var layout) && layout.Version == own.Version && (layout.Cut is null || layout.Cut == own.Cut)
            && !nodes.Any(other => other.Told.Subscriptions.TryGetValue(name, out var theirs) && theirs.Version == own.Version && StandsBack(own, since, theirs, other.Told.Since));
    }

    /// <summary>
    /// Whether progress that has gone to another name may come back from it. The version that goes cannot be told from the one that comes: each has
    /// the name that the other had. So those who have it keep it as long as they live, unless they stand back as they would under one name.
    /// </summary>
    /// <param name="subscription">The name it would come back to.</param>
    /// <param name="nodes">The nodes that were heard of.</param>
    /// <returns>The names it may come back from.</returns>
    public Func<string, bool> MayTakeBack(Subscription subscription, IReadOnlyList<NodeStatus> nodes) => from =>
        nodes.Where(n => n.Alive).Select(n => Read(n.Data)).All(
            other => !other.Subscriptions.TryGetValue(from, out var theirs) || StandsBack(theirs, other.Since, _told.Subscriptions[subscription.Name], _told.Since));

    /// <summary>Whether a subscription is cut in a way that no node knows which is alive.</summary>
    public static bool IsCutByNobody(SubscriptionLayout layout, IReadOnlyList<NodeStatus> nodes) =>
        layout.Cut is not null && !nodes.Any(n => n.Alive && Read(n.Data).Subscriptions.TryGetValue(layout.Name, out var theirs) && theirs.Cut == layout.Cut);

    public override string ToString() => _text;

    private static bool StandsBack(Hosted own, long since, Hosted theirs, long theirSince)
    {
        if (!theirs.Types.Except(own.Types).Any())
            return false;
        return !own.Types.Except(theirs.Types).Any() || since < theirSince;
    }

    private static Told Read(string? data)
    {
        try
        {
            return (data is null ? null : JsonSerializer.Deserialize<Told>(data, JsonSerializerOptions.Web)) is { Subscriptions: not null } told ? told : new(0, []);
        }
        catch (JsonException)
        {
            // Another kind of node, which hosts nothing that is known here.
            return new(0, []);
        }
    }

    private sealed record Told(long Since, Dictionary<string, Hosted> Subscriptions);

    private sealed record Hosted(IReadOnlyList<int> Types, int Version, string? Cut = null);
}
