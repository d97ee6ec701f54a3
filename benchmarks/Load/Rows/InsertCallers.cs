using Protean.Benchmarks.Load.Floors;
using Protean.Benchmarks.Load.Measuring;
using Protean.Benchmarks.Load.Servers;

namespace Protean.Benchmarks.Load.Rows;

/// <summary>Callers of whom each has a connection and a stream of its own, and inserts one event after the other.</summary>
internal sealed class InsertCallers : IAsyncDisposable
{
    private readonly List<InsertConnection> _connections = [];
    private readonly StreamName[] _streams;
    private readonly long[] _positions;
    private long _head;

    private InsertCallers(int count, long head)
    {
        _streams = [.. Enumerable.Range(0, count).Select(SampleMessages.Stream)];
        _positions = new long[count];
        _head = head;
    }

    public static async Task<InsertCallers> OpenAsync(Postgres postgres, FreshSchema schema, int count, CancellationToken cancellationToken)
    {
        var callers = new InsertCallers(count, schema.Head);
        try
        {
            for (var i = 0; i < count; i++)
                callers._connections.Add(await InsertConnection.OpenAsync(postgres, schema.Name, cancellationToken));
            return callers;
        }
        catch
        {
            await callers.DisposeAsync();
            throw;
        }
    }

    /// <summary>The median time that one of them waits for an insert, in microseconds.</summary>
    public static async Task<double> LatencyAsync(Stage stage)
    {
        var postgres = await stage.PostgresAsync();
        await using var schema = await FreshSchema.CreateAsync(postgres, stage.Cancellation);
        await using var callers = await OpenAsync(postgres, schema, 1, stage.Cancellation);
        return await Pace.LatencyAsync(stage, async () => await callers.InsertAsync(0));
    }

    public async ValueTask<int> InsertAsync(int caller)
    {
        var stream = _streams[caller];
        await _connections[caller].InsertAsync(stream, _positions[caller]++, Interlocked.Increment(ref _head), SampleMessages.Next(stream));
        return 1;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
            await connection.DisposeAsync();
    }
}
