namespace Protean.Benchmarks.Load.Floors;

/// <summary>The table of messages in a schema of the PostgreSQL store, as somebody would use it who only inserts.</summary>
internal static class MessagesTable
{
    private const string Columns =
        "global_position, stream, position, category, partition_hash, id, type, kind, archived, time, checksum, causation_id, correlation_id, "
        + "cause_stream, origin_stream, root_stream, trace_parent, extra, body";

    public static string Insert(string schema) =>
        $"insert into {schema}.messages ({Columns}) values ({string.Join(", ", Enumerable.Range(1, 19).Select(number => $"${number}"))})";

    public static string Copy(string schema) => $"copy {schema}.messages ({Columns}) from stdin (format binary)";

    /// <summary>Puts so many messages into an empty table, ten to a stream.</summary>
    public static string Fill(string schema, int count) => $$"""
        insert into {{schema}}.messages ({{Columns}})
        select n, s.name, (n - 1) % 10, '{{SampleMessages.Category}}', hashtext(s.name) & 2147483647, gen_random_uuid(), '{{SampleMessages.Type}}', 1, false,
            now(), 0, gen_random_uuid(), md5(n::text), s.name, s.name, s.name, null, null,
            '{"accountId":"0198c5a2-7d1f-7b3a-9a53-1f6f8d1c2b3a","amount":125.50,"reference":"invoice 2024-00017","note":"thank you"}'
        from generate_series(1, {{count}}) n cross join lateral (select '{{SampleMessages.Category}}-filled-' || (n - 1) / 10 as name) s
        """;
}
