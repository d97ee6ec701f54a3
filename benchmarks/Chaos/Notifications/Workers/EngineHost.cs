using System.Runtime.InteropServices;
using Protean.Benchmarks.Chaos.Deliveries.Workers;
using Protean.Benchmarks.Chaos.Notifications.Domains;
using Protean.Benchmarks.Chaos.Workers;
using Protean.Engine;

namespace Protean.Benchmarks.Chaos.Notifications.Workers;

/// <summary>Hosts a domain with an engine in this process until it gets SIGTERM; or it is killed.</summary>
internal static class EngineHost
{
    /// <param name="create">Makes the domain.</param>
    /// <param name="node">What the engine calls itself.</param>
    /// <param name="hesitation">Holds its receiving up.</param>
    /// <param name="work">What the process does besides.</param>
    public static async Task<int> RunAsync(Func<StandardErrorLog, Domain> create, string node, Hesitation hesitation, Func<Domain, Voice, CancellationToken, Task> work)
    {
        using var end = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            end.Cancel();
        });
        var voice = new Voice();
        voice.Say(new() { IsUp = true });
        using var metrics = new Metrics(voice, hesitation);
        using var log = new StandardErrorLog();
        await using var domain = create(log);
        await using var engine = new DomainEngine(domain, options =>
        {
            Lively.Configure(options);
            options.Node = node;
        });
        try
        {
            await Patience.WithAsync(
                async () =>
                {
                    await engine.StartAsync(end.Token);
                    return true;
                },
                end.Token);
            await Task.WhenAll(new Announcer(engine, voice).RunAsync(end.Token), work(domain, voice, end.Token));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // It was told to end while it began.
        }

        await engine.StopAsync(CancellationToken.None);
        voice.Say(new() { Done = true });
        return ExitCodes.Done;
    }
}
