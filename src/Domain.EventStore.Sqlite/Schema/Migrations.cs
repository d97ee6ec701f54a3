namespace Protean.EventStore.Sqlite.Schema;

/// <summary>
/// The scripts that lead from an empty file to the schema of today, in order. A script that was ever released is never changed; a change is
/// another script. Small columns stand before bodies, so that filters do not walk through what they leave out.
/// </summary>
internal static class Migrations
{
    public static readonly IReadOnlyList<string> Scripts = [Log + Documents + Progress + Keys];

    private const string Log = """
        CREATE TABLE protean_messages (
            global_position INTEGER PRIMARY KEY,
            stream TEXT NOT NULL,
            position INTEGER NOT NULL,
            category TEXT NOT NULL,
            partition_hash INTEGER NOT NULL,
            archived INTEGER NOT NULL DEFAULT 0,
            kind INTEGER NOT NULL,
            time INTEGER NOT NULL,
            type TEXT NOT NULL,
            id BLOB NOT NULL,
            checksum INTEGER,
            correlation_id TEXT NOT NULL,
            causation_id BLOB,
            cause_stream TEXT,
            origin_stream TEXT,
            root_stream TEXT,
            trace_parent TEXT,
            deadline INTEGER,
            idempotency_key TEXT,
            headers BLOB,
            body BLOB NOT NULL);
        CREATE UNIQUE INDEX protean_messages_by_stream ON protean_messages (stream, position);
        CREATE UNIQUE INDEX protean_messages_by_id ON protean_messages (id);
        CREATE INDEX protean_messages_by_category ON protean_messages (category, global_position);
        CREATE INDEX protean_messages_by_correlation ON protean_messages (correlation_id, global_position);

        """;

    /// <summary>Each collection has a table of its own, which its definition makes; these say which ones there are.</summary>
    private const string Documents = """
        CREATE TABLE protean_collections (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            table_name TEXT NOT NULL UNIQUE);
        CREATE TABLE protean_generations (
            collection INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            state INTEGER NOT NULL,
            PRIMARY KEY (collection, generation)) WITHOUT ROWID;
        CREATE TABLE protean_indexes (
            collection INTEGER NOT NULL,
            name TEXT NOT NULL,
            is_unique INTEGER NOT NULL,
            paths TEXT NOT NULL,
            PRIMARY KEY (collection, name)) WITHOUT ROWID;

        """;

    private const string Progress = """
        CREATE TABLE protean_checkpoints (
            name TEXT NOT NULL,
            partition INTEGER NOT NULL,
            position INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            owner TEXT,
            data TEXT,
            PRIMARY KEY (name, partition)) WITHOUT ROWID;
        CREATE TABLE protean_epochs (
            name TEXT NOT NULL,
            partition INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            PRIMARY KEY (name, partition)) WITHOUT ROWID;
        CREATE TABLE protean_nodes (
            node TEXT PRIMARY KEY,
            alive_until INTEGER NOT NULL,
            data TEXT) WITHOUT ROWID;
        CREATE TABLE protean_failures (
            handler TEXT NOT NULL,
            global_position INTEGER NOT NULL,
            method TEXT NOT NULL,
            partition INTEGER NOT NULL,
            message_id BLOB NOT NULL,
            message_type TEXT NOT NULL,
            stream TEXT NOT NULL,
            stream_position INTEGER NOT NULL,
            status INTEGER NOT NULL,
            park_key TEXT,
            retries INTEGER NOT NULL,
            next_attempt_at INTEGER,
            failed_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            attempts BLOB NOT NULL,
            PRIMARY KEY (handler, global_position, method));

        """;

    private const string Keys = """
        CREATE TABLE protean_keys (
            scope TEXT NOT NULL,
            key TEXT NOT NULL,
            payload_hash TEXT NOT NULL,
            claimed_at INTEGER NOT NULL,
            outcome BLOB NOT NULL,
            PRIMARY KEY (scope, key));
        CREATE TABLE protean_commits (
            id BLOB PRIMARY KEY,
            head_before INTEGER NOT NULL,
            first_position INTEGER NOT NULL,
            head INTEGER NOT NULL,
            stream_positions TEXT NOT NULL,
            committed_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE protean_marks (
            handler TEXT NOT NULL,
            global_position INTEGER NOT NULL,
            method TEXT NOT NULL,
            PRIMARY KEY (handler, global_position, method)) WITHOUT ROWID;
        CREATE TABLE protean_mark_floors (
            handler TEXT PRIMARY KEY,
            global_position INTEGER NOT NULL) WITHOUT ROWID;
        """;
}
