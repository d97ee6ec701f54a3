using Npgsql;
using Protean.Storage;

namespace Protean.EventStore.Reading;

/// <summary>How messages of a stream are read out of rows. One row can tell of a snapshot instead.</summary>
internal interface IStreamRow
{
    /// <summary>How many columns it reads; queries put their own behind them.</summary>
    int Count { get; }

    bool IsSnapshot(NpgsqlDataReader reader);

    StoredMessage Read(NpgsqlDataReader reader);

    /// <returns>The snapshot, if there is one.</returns>
    StoredDocument? ReadSnapshot(NpgsqlDataReader reader, string key);
}
