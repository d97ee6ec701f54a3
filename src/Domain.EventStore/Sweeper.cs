using Npgsql;

namespace Protean.EventStore;

/// <summary>Clears out, in small steps beside the work of others, what is no longer needed: documents of dropped generations and traces of old batches.</summary>
internal sealed class Sweeper(PostgresDatabase database, CollectionTables collections, PostgresStoreOptions options, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const int Step = 2_000;
    private static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    /// <summary>How long the original of a batch can still come after its connection was lost, with ample room.</summary>
    private readonly TimeSpan _late = TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerHour, (options.LockTimeout + options.SettleTimeout).Ticks));

    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly Lock _gate = new();
    private Task? _sweeping;

    /// <summary>Sweeps soon, and every hour from then on.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested)
                return;
            if (_wanted.CurrentCount == 0)
                _wanted.Release();
            _sweeping ??= Task.Run(() => RunAsync(_stopping.Token), CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task? sweeping;
        lock (_gate)
        {
            _stopping.Cancel();
            sweeping = _sweeping;
        }

        if (sweeping is not null)
            await sweeping.ConfigureAwait(false);
        _stopping.Dispose();
        _wanted.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var shielded = new ShieldedToken(cancellationToken);
        try
        {
            while (true)
            {
                using var hour = new CancellationTokenSource(Pause, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(hour.Token, cancellationToken);
                try
                {
                    await _wanted.WaitAsync(either.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    // An hour has gone by.
                }

                await SweepAsync(shielded.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The store is being closed.
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var collection in collections.All)
            {
                var dropped = await database.ListAsync(
                    $"select number from {database.Schema}.generations where collection = $1 and state = 2",
                    parameters => parameters.Add(new NpgsqlParameter<string> { TypedValue = collection.Name }),
                    static reader => reader.GetInt64(0),
                    cancellationToken).ConfigureAwait(false);
                foreach (var generation in dropped)
                    await SweepAsync(collection.Table, "generation = $1", new NpgsqlParameter<long> { TypedValue = generation }, cancellationToken).ConfigureAwait(false);
            }

            // Nobody asks for the outcome of a batch that is older, and nothing that was given up can still come.
            await SweepAsync($"{database.Schema}.batches", "at < clock_timestamp() - $1", new NpgsqlParameter<TimeSpan> { TypedValue = _late }, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            PostgresLog.SweepFailed(logger, error);
        }
    }

    private async Task SweepAsync(string table, string condition, NpgsqlParameter parameter, CancellationToken cancellationToken)
    {
        long removed;
        do
        {
            removed = await database.ExecuteAsync(
                $"delete from {table} where ctid = any(array(select ctid from {table} where {condition} limit {Step}))",
                parameters => parameters.Add(parameter.Clone()),
                cancellationToken).ConfigureAwait(false);
        }
        while (removed == Step);
    }
}
