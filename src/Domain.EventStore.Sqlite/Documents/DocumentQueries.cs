using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Documents;

/// <summary>Reads of documents.</summary>
internal static class DocumentQueries
{
    public static StoredDocument? Load(Database database, DocumentAddress address)
    {
        ReadValidation.Check(address);
        var collection = Catalog.Table(database, address.Collection);
        using var row = address.Generation is { } generation
            ? database.Use(collection.LoadOfGeneration).With(address.Key).With(generation)
            : database.Use(collection.Load).With(address.Key);
        return row.Step() ? Document(row, database) : null;
    }

    public static StoredDocument?[] Load(Database database, IReadOnlyList<DocumentAddress> addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var found = new StoredDocument?[addresses.Count];
        using var transaction = database.BeginRead();
        for (var i = 0; i < found.Length; i++)
            found[i] = Load(database, addresses[i]);
        return found;
    }

    public static IReadOnlyList<StoredDocument> Select(Database database, DocumentQuery query)
    {
        ReadValidation.Check(query);
        using var transaction = database.BeginRead();
        var found = new List<StoredDocument>();
        using var row = new DocumentSql(Catalog.Of(database).Get(query.Collection), query).Select(database);
        while (row.Step())
            found.Add(Document(row, database));
        return found;
    }

    public static long Count(Database database, DocumentQuery query)
    {
        ReadValidation.Check(query);
        using var transaction = database.BeginRead();
        return new DocumentSql(Catalog.Of(database).Get(query.Collection), query).Count(database).Scalar() ?? 0;
    }

    public static CollectionGenerations Generations(Database database, string collection)
    {
        ArgumentNullException.ThrowIfNull(collection);
        var numbers = GenerationTable.Read(database, Catalog.Table(database, collection));
        return new(collection, numbers.Live, [.. numbers.Building]);
    }

    private static StoredDocument Document(Statement row, Database database) =>
        new(row.Text(0), row.Number(1), database.Texts.Get(row.Bytes(2)), row.Bytes(3).ToArray());
}
