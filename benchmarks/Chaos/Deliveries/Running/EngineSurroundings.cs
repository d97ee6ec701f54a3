using Protean.EventStore.TestServer;

namespace Protean.Benchmarks.Chaos.Deliveries.Running;

/// <summary>The store of a run, which is crashed now and then if its server is private, and the operator who looks at it.</summary>
internal sealed class EngineSurroundings(Overseer overseer, PostgresServer? server) : ISurroundings
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan _longestLoad = TimeSpan.FromMilliseconds(1_500);

    public string Restarted => "the server was stopped as in a crash and started again, and everything was delivered that had been written";

    public Task GoOnAsync(int kill, int of, CancellationToken cancellationToken) => overseer.CollectAsync(cancellationToken);

    public Task LoadAsync(double part, CancellationToken cancellationToken) => Task.Delay(_longestLoad * part, cancellationToken);

    public Task KilledAsync(Node node, int partitions, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopServerAsync(CancellationToken cancellationToken) => server!.StopAsync(StopMode.Immediate, cancellationToken);

    public Task StartServerAsync(CancellationToken cancellationToken) => server!.StartAgainAsync(cancellationToken);

    public Task CatchUpAsync(CancellationToken cancellationToken) => overseer.CatchUpAsync(_patience, cancellationToken);
}
