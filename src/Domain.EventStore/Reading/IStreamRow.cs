using Npgsql;
using Protean.Storage;

namespace Protean.EventStore.Reading;

/// <summary>What a stream is read into. The first column is the global position; a row where it is 0 tells of the snapshot.</summary>
internal interface IStreamRow
{
    /// <summary>How many columns it reads; queries put their own behind them.</summary>
    int Count { get; }

    StoredMessage Read(NpgsqlDataReader reader);

    /// <returns>The snapshot, if there is one.</returns>
    StoredDocument? ReadSnapshot(NpgsqlDataReader reader, string key);
}
