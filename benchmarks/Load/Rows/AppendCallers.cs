using Protean.Benchmarks.Load.Floors;
using Protean.Storage;

namespace Protean.Benchmarks.Load.Rows;

/// <summary>Callers of a store, each of whom appends to a stream of its own, one event after the other, with the version that it expects.</summary>
internal sealed class AppendCallers(IEventStore store, int count)
{
    private readonly StreamName[] _streams = [.. Enumerable.Range(0, count).Select(SampleMessages.Stream)];
    private readonly long[] _versions = [.. Enumerable.Repeat(ExpectedVersion.NoStream, count)];

    public async ValueTask<int> AppendAsync(int caller)
    {
        var stream = _streams[caller];
        await store.CommitAsync(new() { Appends = [new(stream, _versions[caller], [SampleMessages.Next(stream)])] });
        _versions[caller]++;
        return 1;
    }
}
