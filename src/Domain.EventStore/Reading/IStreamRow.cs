using Npgsql;
using Protean.Storage;

namespace Protean.EventStore.Reading;

/// <summary>What a reading of one stream makes of its rows.</summary>
internal interface IStreamRow
{
    bool IsSnapshot(NpgsqlDataReader reader);

    StoredMessage Read(NpgsqlDataReader reader);

    /// <returns>The snapshot, if there is one.</returns>
    StoredDocument? ReadSnapshot(NpgsqlDataReader reader, string key);

    /// <returns>How far the stream goes, if the row tells it.</returns>
    long? VersionIn(NpgsqlDataReader reader);

    bool IsArchivedIn(NpgsqlDataReader reader);
}
