namespace Protean.Benchmarks.Chaos.Deliveries.Running;

/// <summary>What is around the nodes of a run, for whoever disturbs them.</summary>
internal interface ISurroundings
{
    /// <summary>What has happened when the server was restarted, for people.</summary>
    string Restarted { get; }

    /// <summary>Does what is to be done before a kill, when all who are to be there are.</summary>
    /// <param name="kill">Which one, from 1.</param>
    /// <param name="of">How many there are to be.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task GoOnAsync(int kill, int of, CancellationToken cancellationToken);

    /// <summary>Waits for a moment at which nodes are under load.</summary>
    /// <param name="part">How late, from 0 to 1.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task LoadAsync(double part, CancellationToken cancellationToken);

    /// <summary>Does what is to be done when a node was killed.</summary>
    /// <param name="node">The one that was killed.</param>
    /// <param name="partitions">How many partitions it had.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task KilledAsync(Node node, int partitions, CancellationToken cancellationToken);

    /// <summary>Takes the server away.</summary>
    Task StopServerAsync(CancellationToken cancellationToken);

    /// <summary>Brings it back.</summary>
    Task StartServerAsync(CancellationToken cancellationToken);

    /// <summary>Waits until everything has had its effect that was there when the server came back.</summary>
    Task CatchUpAsync(CancellationToken cancellationToken);
}
