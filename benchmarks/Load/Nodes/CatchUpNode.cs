using System.Diagnostics;
using Protean.Engine;

namespace Protean.Benchmarks.Load.Nodes;

/// <summary>A node that catches up with the log, and says how many messages it has handled and how much memory it has had at most.</summary>
internal static class CatchUpNode
{
    public const string Role = "node-that-catches-up";

    public static async Task<int> RunAsync(NodeAddress address)
    {
        var stop = NodeRole.Listen();
        var handled = 0L;
        await using (var domain = LoadDomain.Open(address, builder => LoadDomain.OnDeposited(builder, "measured-in-bytes", StartFrom.Beginning, _ => handled++)))
        {
            await using var engine = new DomainEngine(domain);
            await engine.StartAsync(stop);
            await engine.WaitUntilCaughtUpAsync(stop);
        }

        using var process = Process.GetCurrentProcess();
        await NodeRole.SayAsync(handled);
        await NodeRole.SayAsync(process.PeakWorkingSet64);
        return ExitCodes.Done;
    }
}
