using Protean.Storage;

namespace Protean.EventStore.Schema;

/// <summary>The table of a collection and its indexes.</summary>
internal sealed class CollectionTable
{
    public CollectionTable(string schema, CollectionDefinition definition)
    {
        Schema = schema;
        Definition = definition;
        TableName = PostgresIdentifier.Of("documents", definition.Name);
        Table = $"{schema}.{TableName}";
        Indexes = [.. definition.Indexes.Select(index => (IndexName(definition.Name, index), index))];
    }

    public string Schema { get; }

    public CollectionDefinition Definition { get; }

    public string Name => Definition.Name;

    public string TableName { get; }

    /// <summary>The table with its schema.</summary>
    public string Table { get; }

    /// <summary>The declared indexes by their names in the database. A name changes with what is indexed.</summary>
    public IReadOnlyList<(string Name, IndexDefinition Index)> Indexes { get; }

    public string CreateTable => $"""
        create table {Table} (
            generation bigint not null,
            key text collate "C" not null,
            version bigint not null,
            stamp text not null,
            body jsonb not null,
            constraint {TableName}_pkey primary key (generation, key)
        ) with (fillfactor = 80);
        insert into {Schema}.collections (name, table_name) values ({PostgresIdentifier.Literal(Name)}, {PostgresIdentifier.Literal(TableName)});
        insert into {Schema}.generations (collection, number, state) values ({PostgresIdentifier.Literal(Name)}, 0, 1);
        """;

    public string CreateIndex(string name, IndexDefinition index, bool concurrently = false)
    {
        var expressions = index.Paths.Select(static path => new JsonExpression(path)).ToArray();
        var columns = string.Join(", ", expressions.Select(static e => e.Columns));
        var create = concurrently ? "index concurrently" : "index";
        // A document with a null among the values is exempt; among the others, a missing number or text is a value like any other.
        return index.Unique
            ? $"create unique {create} {name} on {Table} (generation, {columns}) nulls not distinct where {string.Join(" and ", expressions.Select(static e => $"{e.Kind} <> {JsonExpression.Null}"))};"
            : $"create {create} {name} on {Table} (generation, {columns});";
    }

    private static string IndexName(string collection, IndexDefinition index) =>
        PostgresIdentifier.Of(index.Unique ? "unique" : "index", $"{index.Name}:{collection}:{string.Join('|', index.Paths.Select(static path => string.Join('.', path)))}");
}
