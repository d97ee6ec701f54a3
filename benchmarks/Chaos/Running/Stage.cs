namespace Protean.Benchmarks.Chaos.Running;

/// <summary>What a worker is doing when it is killed.</summary>
internal enum Stage
{
    /// <summary>It has just been started: it loads, connects, or looks at the schema.</summary>
    Starting,

    /// <summary>It makes its first commits.</summary>
    FirstCommits,

    /// <summary>It commits under load.</summary>
    Load,

    /// <summary>The server is gone: it tries to find out what became of its commits.</summary>
    Outage,

    /// <summary>The server has just come back.</summary>
    Recovery,
}

internal static class Stages
{
    private const int KillsBetweenRestarts = 8;
    private const int FewestKillsForRestart = 5;
    private static readonly Stage[] _bag = [Stage.Load, Stage.FirstCommits, Stage.Load, Stage.Starting, Stage.Load];

    /// <summary>One stage for each kill. Every few kills the server is restarted, and one is killed meanwhile.</summary>
    public static IReadOnlyList<Stage> Plan(int kills, bool restarts, Random random)
    {
        var stages = Bags(random).Take(kills).ToArray();
        var count = restarts && kills >= FewestKillsForRestart ? Math.Max(1, kills / KillsBetweenRestarts) : 0;
        for (var i = 0; i < count; i++)
            stages[(i + 1) * kills / (count + 1)] = i % 2 == 0 ? Stage.Outage : Stage.Recovery;
        return stages;
    }

    private static IEnumerable<Stage> Bags(Random random)
    {
        while (true)
        {
            var bag = _bag.ToArray();
            random.Shuffle(bag);
            foreach (var stage in bag)
                yield return stage;
        }
    }
}
