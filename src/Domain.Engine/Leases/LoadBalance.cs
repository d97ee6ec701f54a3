namespace Protean.Engine;

/// <summary>
/// Evens out what the nodes hold. Where not every node can host everything, a node with too much may have nothing that the one with too little
/// can take; then a third one takes from the first and gives to the last. A plan that no such chain improves is as even as it can be.
/// </summary>
internal static class LoadBalance
{
    /// <summary>Moves load from a node to one that has at least two partitions less, along the shortest chain, so that few have to move; whether there was one.</summary>
    /// <param name="loads">All nodes, ordered by name.</param>
    public static bool Improve(IReadOnlyList<NodeLoad> loads)
    {
        foreach (var donors in loads.GroupBy(l => l.Count).OrderByDescending(g => g.Key))
        {
            if (donors.Select(donor => Chain(donor, loads)).OfType<List<NodeLoad>>().MinBy(c => c.Count) is not { } chain)
                continue;
            // From the far end, so that what arrives at a node is not what goes on from it.
            for (var i = chain.Count - 1; i > 0; i--)
                chain[i - 1].GiveTo(chain[i]);
            return true;
        }

        return false;
    }

    private static List<NodeLoad>? Chain(NodeLoad donor, IReadOnlyList<NodeLoad> loads)
    {
        Dictionary<NodeLoad, NodeLoad?> from = new() { [donor] = null };
        List<NodeLoad> reached = [donor];
        while (reached.Count > 0)
        {
            List<NodeLoad> next = [];
            foreach (var giver in reached)
            {
                foreach (var taker in loads.Where(l => !from.ContainsKey(l) && giver.CanGiveTo(l)))
                {
                    from[taker] = giver;
                    next.Add(taker);
                }
            }

            if (next.Where(l => l.Count <= donor.Count - 2).MinBy(l => l.Count) is { } receiver)
                return Back(receiver, from);
            reached = next;
        }

        return null;
    }

    private static List<NodeLoad> Back(NodeLoad receiver, Dictionary<NodeLoad, NodeLoad?> from)
    {
        List<NodeLoad> chain = [];
        for (var node = receiver; node is not null; node = from[node])
            chain.Insert(0, node);
        return chain;
    }
}
