namespace Protean.EventStore.Schema;

/// <summary>The versions of the schema, each a script that leads from the one before. A published script never changes.</summary>
internal static class SchemaScripts
{
    public static readonly IReadOnlyList<string> All = [Version1];

    /// <summary>The version this code works with.</summary>
    public static int Current => All.Count;

    /// <summary>A script with the schema's name put in.</summary>
    public static string For(int version, string schema) => All[version - 1].Replace("{schema}", schema, StringComparison.Ordinal);

    // Texts that are keys compare by code point, whatever the database's collation is. Bodies of messages are json, which keeps what was written.
    private const string Version1 = """
        -- Global positions. Only who holds the lock for appends takes numbers; those of commits that were rolled back stay unused.
        create sequence {schema}.positions;

        create table {schema}.messages (
            global_position bigint primary key,
            stream text collate "C" not null,
            position bigint not null,
            category text collate "C" not null,
            partition_hash integer not null,
            id uuid not null,
            type text collate "C" not null,
            kind smallint not null,
            archived boolean not null default false,
            time timestamptz not null,
            checksum integer,
            causation_id uuid,
            correlation_id text collate "C" not null,
            cause_stream text collate "C",
            origin_stream text collate "C",
            root_stream text collate "C",
            trace_parent text collate "C",
            extra json,
            body json not null,
            constraint messages_stream_position unique (stream, position),
            constraint messages_id unique (id)
        );
        create index messages_category on {schema}.messages (category, global_position);
        create index messages_correlation on {schema}.messages (correlation_id, global_position);

        -- What became of batches that are more than messages, and of those whose connection was lost.
        create table {schema}.batches (
            id uuid primary key,
            head bigint not null,
            abandoned boolean not null default false,
            at timestamptz not null default clock_timestamp()
        );
        create index batches_at on {schema}.batches (at);

        create table {schema}.commits (
            id uuid primary key,
            head_before bigint not null,
            first_position bigint not null,
            head bigint not null,
            stream_positions bigint[] not null,
            at timestamptz not null default clock_timestamp()
        );

        create table {schema}.collections (
            name text collate "C" primary key,
            table_name text collate "C" not null unique,
            revision bigint not null default 0
        );

        -- State 0: being built, 1: live, 2: dropped. Numbers are never used again.
        create table {schema}.generations (
            collection text collate "C" not null references {schema}.collections,
            number bigint not null,
            state smallint not null,
            primary key (collection, number)
        );
        create unique index generations_live on {schema}.generations (collection) where state = 1;

        -- A removed checkpoint stays, without presence, so that its epochs never come back.
        create table {schema}.checkpoints (
            name text collate "C" not null,
            partition integer not null,
            position bigint not null,
            epoch bigint not null,
            last_epoch bigint not null,
            owner text collate "C",
            data text,
            present boolean not null,
            primary key (name, partition)
        ) with (fillfactor = 50);

        create table {schema}.nodes (
            node text collate "C" primary key,
            alive_until timestamptz not null,
            data text
        ) with (fillfactor = 50);

        create table {schema}.failures (
            handler text collate "C" not null,
            global_position bigint not null,
            method text collate "C" not null,
            partition integer not null,
            message_id uuid not null,
            message_type text collate "C" not null,
            stream text collate "C" not null,
            stream_position bigint not null,
            status smallint not null,
            park_key text collate "C",
            retries integer not null,
            next_attempt_at timestamptz,
            failed_at timestamptz not null,
            updated_at timestamptz not null,
            attempts json not null,
            revision bigint not null,
            primary key (handler, global_position, method)
        );

        create table {schema}.keys (
            scope text collate "C" not null,
            key text collate "C" not null,
            payload_hash text collate "C" not null,
            outcome bytea not null,
            at timestamptz not null,
            primary key (scope, key)
        );
        create index keys_at on {schema}.keys (at);

        create table {schema}.marks (
            handler text collate "C" not null,
            global_position bigint not null,
            method text collate "C" not null,
            primary key (handler, global_position, method)
        );

        create table {schema}.mark_floors (
            handler text collate "C" primary key,
            position bigint not null
        );

        -- Ends the transaction of a batch, and says which of its members was to blame and what was found instead.
        create function {schema}.refuse(what text, member integer, item integer, actual bigint, detail text) returns bigint
        language plpgsql volatile as $$
        begin
            raise exception using errcode = 'PN409', message = format('%s|%s|%s|%s|%s', what, member, item, actual, detail);
        end
        $$;
        """;
}
