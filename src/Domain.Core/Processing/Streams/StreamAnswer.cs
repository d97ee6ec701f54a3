namespace Protean;

/// <summary>The items of a request. Each enumeration calls the handler anew.</summary>
internal sealed class StreamAnswer<TItem>(Domain domain, IStreamRequest<TItem> request, CancellationToken cancellationToken) : IAsyncEnumerable<TItem>
{
    public IAsyncEnumerator<TItem> GetAsyncEnumerator(CancellationToken enumeration = default) =>
        new StreamRun<TItem>(domain, request, cancellationToken, enumeration);
}
