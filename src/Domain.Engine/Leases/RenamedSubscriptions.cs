using Protean.Storage;

namespace Protean.Engine;

/// <summary>The subscriptions of this node whose progress has gone to another name: they stay idle here, and say so.</summary>
internal sealed class RenamedSubscriptions(EngineContext engine, IReadOnlyDictionary<string, Subscription> subscriptions)
{
    private volatile Dictionary<string, string> _renames = [];

    public bool IsEmpty => _renames.Count == 0;

    /// <summary>The name that the progress of a subscription has gone to; none if it has its own.</summary>
    public string? NewNameOf(string name) => _renames.GetValueOrDefault(name);

    public void Look(IReadOnlyList<Checkpoint> checkpoints)
    {
        var before = _renames;
        var renames = SubscriptionLayout.ReadRenames(checkpoints).Where(r => subscriptions.ContainsKey(r.Key)).ToDictionary(r => r.Key, r => r.Value);
        foreach (var (name, newName) in renames)
        {
            if (before.GetValueOrDefault(name) != newName)
                engine.Log.IdleUnderOldName(subscriptions[name].ShortName, newName);
        }

        _renames = renames;
    }
}
