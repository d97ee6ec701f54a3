using System.Text;

namespace Protean.EventStore.Schema;

/// <summary>The schema as a script, for those who let nobody but an administrator create tables.</summary>
internal static class SchemaExport
{
    public static string CreateSchema(string schema) => $"create schema if not exists {schema};";

    /// <summary>The scripts that lead from a version to the current one.</summary>
    public static IEnumerable<string> Versions(string schema, int? from)
    {
        if (from is null)
            yield return $"create table {schema}.schema_version (version integer primary key, applied_at timestamptz not null default clock_timestamp());";
        for (var version = (from ?? 0) + 1; version <= SchemaScripts.Current; version++)
            yield return $"{SchemaScripts.For(version, schema)}\ninsert into {schema}.schema_version (version) values ({version});";
    }

    /// <summary>What the user that the application connects as has to be granted, as a comment.</summary>
    private static string Rights(string schema) => $"""
        -- The user that the application connects as needs, once this has run:
        -- grant usage on schema {schema} to <user>;
        -- grant select, insert, update, delete on all tables in schema {schema} to <user>;
        -- grant usage, select, update on all sequences in schema {schema} to <user>;
        -- grant execute on all functions in schema {schema} to <user>;


        """;

    /// <summary>Everything that an empty database needs.</summary>
    public static string Everything(string schema, IReadOnlyList<CollectionTable> collections)
    {
        var script = new StringBuilder(Rights(schema)).Append("begin;\n\n").Append(CreateSchema(schema)).Append("\n\n");
        foreach (var part in Versions(schema, from: null))
            script.Append(part).Append("\n\n");
        foreach (var collection in collections)
        {
            script.Append(collection.CreateTable).Append('\n');
            foreach (var (name, index) in collection.Indexes)
                script.Append(collection.CreateIndex(name, index)).Append('\n');
            script.Append('\n');
        }

        return script.Append("commit;\n").ToString();
    }
}
