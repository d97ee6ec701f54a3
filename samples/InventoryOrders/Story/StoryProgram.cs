using InventoryOrders.Hosting;
using InventoryOrders.Story.Chapters;
using Protean;
using Protean.Engine;
using Spectre.Console;

namespace InventoryOrders.Story;

/// <summary>Tells the story of a day in the shop, and checks every word of it.</summary>
public static class StoryProgram
{
    private const int Failed = 1;
    private const int Interrupted = 130;

    private static readonly IChapter[] _chapters = [new FirstOrder(), new MoreOrders(), new BusyAfternoon(), new PoisonEvent(), new Replay(), new Rebuild()];

    public static async Task<int> RunAsync(ShopStore store, ShopBroker broker, bool isVerbose, CancellationToken cancellationToken)
    {
        ITeller teller = Console.IsOutputRedirected ? new PlainTeller(Console.Out) : new TerminalTeller(AnsiConsole.Console);
        try
        {
            await TellAsync(store, broker, isVerbose, teller, cancellationToken);
            teller.EndWell("All checks passed.");
            return 0;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            teller.EndBadly("Interrupted.");
            return Interrupted;
        }
        catch (CheckFailedException failure)
        {
            teller.EndBadly($"Check failed: {failure.Message}");
            return Failed;
        }
        catch (ProteanException error)
        {
            teller.EndBadly($"The story broke off: {error.Message}");
            return Failed;
        }
    }

    private static async Task TellAsync(ShopStore store, ShopBroker broker, bool isVerbose, ITeller teller, CancellationToken cancellationToken)
    {
        // The settings stand beside the program, wherever it is called from.
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.LogToStandardError(isVerbose);
        builder.Services.AddShop(store, broker);
        var host = builder.Build();
        await using var disposal = (IAsyncDisposable)host;
        await host.StartAsync(cancellationToken);
        try
        {
            teller.Say($"A book shop, kept in {store.Description}. What is to be reordered goes to {broker.Description}.");
            var scene = new Scene(
                host.Services.GetRequiredService<Domain>(), host.Services.GetRequiredService<DomainEngine>(), teller, TimeProvider.System, NewRun(), cancellationToken);
            for (var number = 1; number <= _chapters.Length; number++)
            {
                teller.Chapter(number, _chapters[number - 1].Title);
                await _chapters[number - 1].TellAsync(scene);
            }

            await TellWhoSharedAsync(scene);
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }

    /// <summary>Programs that run on one store at the same time divide the work among their engines.</summary>
    private static async Task TellWhoSharedAsync(Scene scene)
    {
        var owners = (await scene.Engine.GetStatusAsync(scene.CancellationToken)).Subscriptions
            .SelectMany(subscription => subscription.Partitions.Select(partition => partition.Owner)).ToList();
        if (owners.Any(owner => owner is not null && owner != scene.Engine.Node))
            scene.Teller.Say($"The work was shared: {owners.Count(owner => owner == scene.Engine.Node)} of {owners.Count} partitions are here, the others with other programs.");
    }

    private static string NewRun() => $"{Guid.NewGuid():N}"[..6];
}
