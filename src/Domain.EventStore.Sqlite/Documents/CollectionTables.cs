using System.Text.Json;
using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;
using Protean.Storage.InMemory;
using SQLitePCL;

namespace Protean.EventStore.Sqlite.Documents;

/// <summary>Makes the tables and indexes of collections, in a transaction that holds the lock for writing.</summary>
internal static class CollectionTables
{
    public static void Define(Database database, StoreDefinition definition)
    {
        foreach (var collection in definition.Collections)
            Define(database, collection);
    }

    /// <summary>What makes a collection that is not there.</summary>
    public static IEnumerable<string> Statements(long id, CollectionDefinition definition)
    {
        var table = Collection.TableOf(definition.Name);
        DocumentIndex[] indexes = [.. definition.Indexes.Select(i => new DocumentIndex(table, i))];
        yield return CreateTable(table, indexes);
        yield return $"INSERT INTO protean_collections (id, name, table_name) VALUES ({id}, '{definition.Name}', '{table}')";
        yield return $"INSERT INTO protean_generations (collection, generation, state) VALUES ({id}, 0, {(int)GenerationState.Live})";
        foreach (var index in indexes)
        {
            yield return index.CreateSql;
            yield return $"INSERT INTO protean_indexes (collection, name, is_unique, paths) VALUES ({id}, '{index.Definition.Name}', {(index.Definition.Unique ? 1 : 0)}, '{index.PathsText.Replace("'", "''", StringComparison.Ordinal)}')";
        }
    }

    private static void Define(Database database, CollectionDefinition definition)
    {
        if (Catalog.Of(database).Find(definition.Name) is { } known)
        {
            Change(database, known, [.. definition.Indexes.Select(i => new DocumentIndex(known.Table, i))]);
            return;
        }

        var id = (database.Use("SELECT max(id) FROM protean_collections").Scalar() ?? 0) + 1;
        foreach (var statement in Statements(id, definition))
            database.ExecuteScript(statement);
    }

    private static string CreateTable(string table, DocumentIndex[] indexes)
    {
        var keys = string.Concat(indexes.SelectMany(i => i.Keys).Select(k => k.Column).Distinct().Select(column => $"    {column} BLOB,\n"));
        return $"""
            CREATE TABLE {table} (
                generation INTEGER NOT NULL,
                key TEXT NOT NULL,
                version INTEGER NOT NULL,
                stamp TEXT NOT NULL,
            {keys}    body BLOB NOT NULL,
                PRIMARY KEY (generation, key))
            """;
    }

    private static void Change(Database database, Collection known, DocumentIndex[] indexes)
    {
        var gone = known.Indexes.Where(old => !indexes.Any(index => index.Name == old.Name && index.IsSameAs(old))).ToArray();
        var added = indexes.Where(index => !known.Indexes.Any(old => old.Name == index.Name && old.IsSameAs(index))).ToArray();
        if (gone.Length == 0 && added.Length == 0)
            return;
        foreach (var index in gone)
        {
            database.ExecuteScript(index.DropSql);
            database.Use("DELETE FROM protean_indexes WHERE collection = ? AND name = ?").With(known.Id).With(index.Definition.Name).Run();
        }

        // What is left of dropped generations must not stand in the way of a unique index.
        GenerationTable.SweepAll(database, known);
        Fill(database, known, added);
        foreach (var index in added)
        {
            Create(database, known, index);
            database.Use("INSERT INTO protean_indexes (collection, name, is_unique, paths) VALUES (?, ?, ?, ?)")
                .With(known.Id).With(index.Definition.Name).With(index.Definition.Unique ? 1 : 0).With(index.PathsText).Run();
        }
    }

    /// <summary>Computes the columns of paths that were not indexed until now. A column of former times is there, but nobody has kept it.</summary>
    private static void Fill(Database database, Collection known, DocumentIndex[] added)
    {
        foreach (var key in added.SelectMany(i => i.Keys).DistinctBy(k => k.Column).Where(k => known.ColumnOf(k.Path) is null))
        {
            if (database.Use("SELECT count(*) FROM pragma_table_info(?) WHERE name = ?").With(known.Table).With(key.Column).Scalar() == 0)
                database.ExecuteScript($"ALTER TABLE {known.Table} ADD COLUMN {key.Column} BLOB");
            database.Use($"UPDATE {known.Table} SET {key.Column} = {KeyFunction.Name}(body, ?)").With(key.Path.Text).Run();
        }
    }

    private static void Create(Database database, Collection collection, DocumentIndex index)
    {
        try
        {
            database.ExecuteScript(index.CreateSql);
        }
        catch (SqliteFailure failure) when (failure.Code == raw.SQLITE_CONSTRAINT)
        {
            throw Duplicate(database, collection, index) ?? (Exception)failure;
        }
    }

    private static DuplicateValueException? Duplicate(Database database, Collection collection, DocumentIndex index)
    {
        var columns = string.Join(", ", index.Keys.Select(k => k.Column).Distinct());
        var present = string.Join(" AND ", index.Keys.Select(k => $"{k.Column} IS NOT NULL"));
        using var row = database.Use($"SELECT max(key), body FROM {collection.Table} WHERE {present} GROUP BY generation, {columns} HAVING count(*) > 1 LIMIT 1");
        if (!row.Step())
            return null;
        using var body = JsonDocument.Parse(row.Bytes(1).ToArray());
        return new(collection.Name, index.Definition.Name, row.Text(0), IndexValues.Of(body.RootElement, index.Definition)?.ToString() ?? "");
    }
}
