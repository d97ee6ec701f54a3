using System.Text.Json;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>What a node tells the others with its heartbeat: the subscriptions it can host, and how many types of messages each of them handles there.</summary>
internal sealed class NodeProfile
{
    private readonly Dictionary<string, int> _types;
    private readonly string _text;

    private NodeProfile(Dictionary<string, int> types)
    {
        _types = types;
        _text = JsonSerializer.Serialize(types);
    }

    public static NodeProfile Of(IEnumerable<Subscription> subscriptions, MessageTypes types) =>
        new(subscriptions.ToDictionary(s => s.Name, s => s.Types?.Count ?? types.All.Count));

    /// <summary>
    /// The nodes that are alive, with what they may host: of several versions of a program those that handle most types, so that none is passed over
    /// by a node that does not know it.
    /// </summary>
    public static IReadOnlyList<LiveNode> Eligible(IEnumerable<NodeStatus> alive)
    {
        var nodes = alive.Select(n => (n.Node, Profile: Read(n.Data))).ToArray();
        Dictionary<string, int> most = [];
        foreach (var (name, count) in nodes.SelectMany(n => n.Profile._types))
            most[name] = Math.Max(most.GetValueOrDefault(name), count);
        return [.. nodes.Select(n => new LiveNode(n.Node, n.Profile._types.Where(t => t.Value == most[t.Key]).Select(t => t.Key).ToHashSet()))];
    }

    public override string ToString() => _text;

    private static NodeProfile Read(string? data)
    {
        try
        {
            return new(data is null ? [] : JsonSerializer.Deserialize<Dictionary<string, int>>(data) ?? []);
        }
        catch (JsonException)
        {
            // Another kind of node, which hosts nothing that is known here.
            return new([]);
        }
    }
}
