namespace Protean;

/// <summary>A stream without items.</summary>
internal sealed class EmptyStream<TItem> : IAsyncEnumerable<TItem>, IAsyncEnumerator<TItem>
{
    public static readonly EmptyStream<TItem> Instance = new();

    public TItem Current => default!;

    public IAsyncEnumerator<TItem> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

    public ValueTask<bool> MoveNextAsync() => new(false);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
