namespace Protean.Storage.Batching;

/// <summary>Writes batches of commits, one after the other, over a connection of its own.</summary>
internal interface IBatchWriter : IAsyncDisposable
{
    /// <summary>Writes a batch and completes each of its members, with a result or an error of its own.</summary>
    ValueTask WriteAsync(IReadOnlyList<PendingCommit> batch);
}
