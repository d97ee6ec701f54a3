using System.Globalization;
using Npgsql;
using Protean.Storage;

namespace Protean.EventStore.Waking;

/// <summary>Listens for commits of other processes on a connection of its own, and replaces it when it is lost.</summary>
internal sealed class Listener(PostgresDatabase database, AppendSignal signal, TimeProvider time, ILogger logger, TimeSpan? silence = null)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>How long the connection may be silent before it is asked whether it is still there.</summary>
    private readonly TimeSpan _silence = silence ?? TimeSpan.FromSeconds(10);

    private volatile bool _isListening;
    private bool _heard;

    /// <summary>Whether notifications come in, as far as can be told.</summary>
    public bool IsListening => _isListening;

    public async Task RunAsync(CancellationToken stopping)
    {
        using var shielded = new ShieldedToken(stopping);
        var cancellationToken = shielded.Token;
        var pause = FirstPause;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
                pause = FirstPause;
                _isListening = true;
                await ListenAsync(connection, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                _isListening = false;
                PostgresLog.ListenerLost(logger, error);
                await PauseAsync(pause, cancellationToken).ConfigureAwait(false);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            catch (Exception)
            {
                return;
            }
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            connection.Notification += (_, notification) => _heard |= IsNews(notification.Payload);
            await using (var listen = new NpgsqlCommand($"listen \"{Notifier.Channel(database.Schema)}\"", connection))
                await listen.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            // What was committed before the first notification can come is found by reading after listening has begun.
            signal.Advance(await LogSql.ReadHeadAsync(database, cancellationToken).ConfigureAwait(false));
            PostgresLog.Listening(logger);
            return connection;
        }
        catch
        {
            await CloseAsync(connection).ConfigureAwait(false);
            throw;
        }
    }

    private async Task ListenAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (!await connection.WaitAsync(_silence, cancellationToken).ConfigureAwait(false))
                    await ProbeAsync(connection, cancellationToken).ConfigureAwait(false);
                await LookAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            await CloseAsync(connection).ConfigureAwait(false);
        }
    }

    /// <summary>A connection that was cut without a word looks like one on which nothing happens. News can come in with the answer.</summary>
    private static async Task ProbeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var probe = new NpgsqlCommand("select 1", connection);
        await probe.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A connection that listens must not go back into the pool.</summary>
    private static async Task CloseAsync(NpgsqlConnection connection)
    {
        try
        {
            if (connection.State == System.Data.ConnectionState.Open)
            {
                await using var unlisten = new NpgsqlCommand("unlisten *", connection);
                await unlisten.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (PostgresFaults.IsFault(error) || error is InvalidOperationException)
        {
            // It is lost, and leaves the pool by itself.
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Whether a notification tells more than is known: those of this process's own commits do not.</summary>
    private bool IsNews(string payload) => long.TryParse(payload, NumberStyles.None, CultureInfo.InvariantCulture, out var head) && head > signal.Head;

    /// <summary>Anybody in the database can notify, so that a notification is a hint, and the head is read from the log.</summary>
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (!_heard)
            return;
        _heard = false;
        signal.Advance(await LogSql.ReadHeadAsync(database, cancellationToken).ConfigureAwait(false));
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The store is being closed.
        }
    }
}
