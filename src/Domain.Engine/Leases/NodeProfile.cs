using System.Text.Json;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>What a node tells the others with its heartbeat: the subscriptions it has, how many types of messages each handles there, and in which version.</summary>
internal sealed class NodeProfile
{
    private readonly string _text;

    private NodeProfile(Dictionary<string, Hosted> subscriptions) => _text = JsonSerializer.Serialize(subscriptions, JsonSerializerOptions.Web);

    public static NodeProfile Of(IEnumerable<Subscription> subscriptions, MessageTypes types) =>
        new(subscriptions.ToDictionary(s => s.Name, s => new Hosted(s.Types?.Count ?? types.All.Count, s.Version)));

    /// <summary>
    /// The nodes that are alive, with what they may host: of several versions of a program those that handle most types, so that none is passed over
    /// by a node that does not know it, and only those whose version of a projection its documents are of.
    /// </summary>
    public static IReadOnlyList<LiveNode> Eligible(IEnumerable<NodeStatus> alive, IReadOnlyDictionary<string, SubscriptionLayout> layouts)
    {
        var nodes = alive.Select(n => (n.Node, Hosts: Read(n.Data).Where(h => layouts.TryGetValue(h.Key, out var layout) && layout.Version == h.Value.Version).ToArray())).ToArray();
        Dictionary<string, int> most = [];
        foreach (var (name, hosted) in nodes.SelectMany(n => n.Hosts))
            most[name] = Math.Max(most.GetValueOrDefault(name), hosted.Types);
        return [.. nodes.Select(n => new LiveNode(n.Node, n.Hosts.Where(h => h.Value.Types == most[h.Key]).Select(h => h.Key).ToHashSet()))];
    }

    public override string ToString() => _text;

    private static Dictionary<string, Hosted> Read(string? data)
    {
        try
        {
            return data is null ? [] : JsonSerializer.Deserialize<Dictionary<string, Hosted>>(data, JsonSerializerOptions.Web) ?? [];
        }
        catch (JsonException)
        {
            // Another kind of node, which hosts nothing that is known here.
            return [];
        }
    }

    private sealed record Hosted(int Types, int Version);
}
