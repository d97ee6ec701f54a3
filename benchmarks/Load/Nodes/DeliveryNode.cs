using System.Threading.Channels;
using Protean.Engine;

namespace Protean.Benchmarks.Load.Nodes;

/// <summary>A node that handles what others commit, and says when the handler was entered.</summary>
internal static class DeliveryNode
{
    public const string Role = "node-that-is-delivered-to";

    public static async Task<int> RunAsync(NodeAddress address)
    {
        var stop = NodeRole.Listen();
        var entered = Channel.CreateUnbounded<long>();
        await using var domain = LoadDomain.Open(address, builder => LoadDomain.OnOpened(builder, time => entered.Writer.TryWrite(time)));
        await using var engine = new DomainEngine(domain);
        await engine.StartAsync(stop);
        await engine.UntilIdleAsync(stop);
        await NodeRole.SayAsync(0);
        try
        {
            await foreach (var time in entered.Reader.ReadAllAsync(stop))
            {
                // Nothing is measured any more, and the next message is to find the engine idle.
                await engine.UntilIdleAsync(stop);
                await NodeRole.SayAsync(time);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // That was all.
        }

        return ExitCodes.Done;
    }
}
