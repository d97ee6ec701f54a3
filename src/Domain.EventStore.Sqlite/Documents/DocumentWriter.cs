using System.Buffers;
using System.Text.Json;
using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;
using Protean.Storage.InMemory;
using SQLitePCL;

namespace Protean.EventStore.Sqlite.Documents;

/// <summary>Writes the documents of commits, in a transaction that holds the lock for writing.</summary>
internal sealed class DocumentWriter
{
    private readonly ArrayBufferWriter<byte> _scratch = new();

    /// <exception cref="CommitRefusedException">Something is not as expected.</exception>
    public void Write(Database database, IReadOnlyList<GenerationChange> generations, IReadOnlyList<DocumentWrite> documents)
    {
        if (generations.Count == 0 && documents.Count == 0)
            return;
        var catalog = Catalog.Of(database);
        for (var i = 0; i < generations.Count; i++)
            GenerationTable.Apply(database, catalog.Get(generations[i].Collection), generations[i]);

        // Everything old goes before anything new comes, since a value can move from one document to another.
        var isWritten = new bool[documents.Count];
        for (var i = 0; i < isWritten.Length; i++)
            isWritten[i] = TryRemove(database, catalog.Get(documents[i].Collection), documents[i]);
        for (var i = 0; i < isWritten.Length; i++)
        {
            if (isWritten[i] && documents[i].Body is { } body)
                Insert(database, catalog.Get(documents[i].Collection), documents[i], body.Span);
        }
    }

    /// <returns>Whether the document is to be written; not so if it is not newer than what is there and was to be.</returns>
    private static bool TryRemove(Database database, Collection collection, in DocumentWrite write)
    {
        const string isThere = "SELECT 1 FROM protean_generations WHERE collection = ? AND generation = ? AND state < 2";
        if (database.Use(isThere).With(collection.Id).With(write.Generation).Scalar() is null)
            throw new GenerationException(write.Collection, write.Generation, "is neither live nor being built");
        var version = database.Use(collection.Version).With(write.Generation).With(write.Key).Scalar();
        var actual = version ?? ExpectedDocument.Absent;
        if (write.ExpectedVersion == ExpectedDocument.Older && actual >= write.Version)
            return false;
        if (write.ExpectedVersion is not (ExpectedDocument.Older or ExpectedDocument.Any) && write.ExpectedVersion != actual)
            throw Conflict.Of(write, actual);
        if (version is not null)
            database.Use(collection.Delete).With(write.Generation).With(write.Key).Run();
        return true;
    }

    private void Insert(Database database, Collection collection, in DocumentWrite write, ReadOnlySpan<byte> body)
    {
        var statement = database.Use(collection.Insert)
            .With(write.Generation).With(write.Key).With(write.Version).With(write.Stamp ?? "").With(body);
        foreach (var key in collection.Keys)
            statement.With(KeyEncoding.Of(body, key.Path, _scratch));
        try
        {
            statement.Run();
        }
        catch (SqliteFailure failure) when (failure.Code == raw.SQLITE_CONSTRAINT)
        {
            throw Duplicate(database, collection, write) ?? (Exception)failure;
        }
    }

    /// <summary>Finds the index that a document does not fit into.</summary>
    private DuplicateValueException? Duplicate(Database database, Collection collection, in DocumentWrite write)
    {
        using var document = JsonDocument.Parse(write.Body!.Value);
        foreach (var index in collection.Indexes)
        {
            if (index.Definition.Unique
                && IndexValues.Of(document.RootElement, index.Definition) is { } values
                && IsTaken(database, collection, index, write))
                return new(collection.Name, index.Definition.Name, write.Key, values.ToString());
        }

        return null;
    }

    private bool IsTaken(Database database, Collection collection, DocumentIndex index, in DocumentWrite write)
    {
        var columns = string.Concat(index.Keys.Select(k => $" AND {k.Column} = ?"));
        var statement = database.Use($"SELECT 1 FROM {collection.Table} WHERE generation = ?{columns}").With(write.Generation);
        foreach (var key in index.Keys)
            statement.With(KeyEncoding.Of(write.Body!.Value.Span, key.Path, _scratch));
        return statement.Scalar() is not null;
    }
}
