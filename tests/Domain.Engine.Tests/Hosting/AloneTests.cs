using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Protean.Engine;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Hosting;

/// <summary>What concerns the whole process runs while no other test does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class AloneTests : Hosts
{
    [Fact(Timeout = HangLimit)]
    public async Task Scenario_M88_SigTerm_DrainsAndEndsInPeace()
    {
        if (OperatingSystem.IsWindows())
            return;
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var host = Build(domain => domain.EventHandler<Order>().On<OrderPlaced>(async (e, _) =>
        {
            entered.TrySetResult();
            await goOn.Task;
            Note($"{e.OrderId} is handled");
        }));
        var running = host.RunAsync(Cancellation);
        await PlaceAsync(host, "o1");
        await entered.Task;

        using (var kill = Process.Start("kill", ["-TERM", $"{Environment.ProcessId}"]))
            await kill.WaitForExitAsync(Cancellation);
        await Until(() => Task.FromResult(Log.Lines.Any(l => l.Id == 2024)));
        goOn.SetResult();
        await running;

        Order.ShouldBe(["o1 is handled", "the store is closed"]);
        Log.Lines.Count(l => l.Id == 2002).ShouldBe(1);
    }

    [Fact]
    public void Spans_WhileNobodyListens_AllocateNothing()
    {
        DeliverySpan.Start(null!, 0, null!, default).ShouldBeNull();
        CommitSpan.Start("h", default, 1).ShouldBeNull();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var n = 0; n < 100; n++)
        {
            DeliverySpan.Start(null!, 0, null!, default);
            CommitSpan.Start("h", default, 1);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }
}
