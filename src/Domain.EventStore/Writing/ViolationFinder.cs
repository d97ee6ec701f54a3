using System.Text;
using System.Text.Json;
using Npgsql;
using Protean.EventStore.Reading;
using Protean.Storage;
using Protean.Storage.InMemory;

namespace Protean.EventStore.Writing;

/// <summary>The database names the constraint that a commit broke. Finds the message or document that broke it.</summary>
internal sealed class ViolationFinder(PostgresDatabase database, CollectionTables collections)
{
    /// <summary>What fits into an entry of an index, which is a third of a page.</summary>
    private const int MaxIndexed = 2_600;

    /// <summary>Whether a stream was not where it was expected.</summary>
    public bool IsOfPositions(Exception error) => error is PostgresException violation && violation.SchemaName == database.Schema && violation.TableName == "messages"
        && (violation is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "messages_stream_position" }
            || violation is { SqlState: PostgresErrorCodes.NotNullViolation, ColumnName: "position" });

    /// <summary>Whether a document has a value that another one has.</summary>
    public bool IsUniqueIndex(Exception error) =>
        error is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } violation && Find(violation.ConstraintName) is not null;

    public async ValueTask<Exception> ExplainAsync(Exception error, Commit commit)
    {
        if (error is not PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } violation)
            return Explain(error, commit);
        try
        {
            if (violation.ConstraintName == "messages_id")
                return await DuplicateMessageAsync(commit).ConfigureAwait(false);
            if (Find(violation.ConstraintName) is { } found)
                return await DuplicateValueAsync(found.Collection, found.Index, commit).ConfigureAwait(false);
            return PostgresFaults.Translate(error);
        }
        catch (ProteanException lookupFailed)
        {
            return lookupFailed;
        }
    }

    private Exception Explain(Exception error, Commit commit) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.ProgramLimitExceeded } when TooLong(commit) is { } problem => problem,
        PostgresException postgres when PostgresFaults.IsOfContent(postgres) => UnstorableText.Find(commit) ?? PostgresFaults.Translate(error),
        ProteanException => error,
        _ when PostgresFaults.IsFault(error) => PostgresFaults.Translate(error),
        _ => UnstorableText.Find(commit) ?? new ArgumentException($"A commit cannot be written: {error.Message}", error),
    };

    /// <summary>The database says of some values that are too long which index they are too long for, of others not even that.</summary>
    private ArgumentException? TooLong(Commit commit)
    {
        foreach (var write in commit.Documents.Where(static write => write.Body is not null))
        {
            using var body = JsonDocument.Parse(write.Body!.Value);
            foreach (var (_, index) in collections.Get(write.Collection).Indexes)
            {
                if (index.Paths.Sum(path => LengthAt(body.RootElement, path)) > MaxIndexed)
                    return new($"{Conflict.Subject(write)} has too long a value for the index '{index.Name}', which takes about {MaxIndexed} bytes: shorten it, or do not index it.");
            }
        }

        return null;
    }

    private static long LengthAt(JsonElement element, IReadOnlyList<string> path)
    {
        foreach (var member in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(member, out element))
                return 0;
        }

        return Encoding.UTF8.GetByteCount(element.GetRawText());
    }

    private (Schema.CollectionTable Collection, IndexDefinition Index)? Find(string? constraint)
    {
        foreach (var collection in collections.All)
        {
            foreach (var (name, index) in collection.Indexes)
            {
                if (name == constraint)
                    return (collection, index);
            }
        }

        return null;
    }

    private async ValueTask<Exception> DuplicateMessageAsync(Commit commit)
    {
        var seen = new HashSet<Guid>();
        foreach (var id in commit.Appends.SelectMany(static append => append.Messages).Select(static message => message.Id))
        {
            if (!seen.Add(id))
                return new DuplicateMessageException(id);
        }

        var stored = await database.ScalarAsync<Guid>(
            $"select id from {database.Schema}.messages where id = any($1) limit 1",
            parameters => parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. seen] }),
            CancellationToken.None).ConfigureAwait(false);
        return new DuplicateMessageException(stored);
    }

    private async ValueTask<Exception> DuplicateValueAsync(Schema.CollectionTable collection, IndexDefinition index, Commit commit)
    {
        var written = commit.Documents.Where(write => write.Collection == collection.Name).ToArray();
        var taken = new HashSet<(long, IndexValues)>();
        Exception? last = null;
        foreach (var write in written.Where(static write => write.Body is not null))
        {
            using var body = JsonDocument.Parse(write.Body!.Value);
            if (IndexValues.Of(body.RootElement, index) is not { } values)
                continue;
            var duplicate = new DuplicateValueException(collection.Name, index.Name, write.Key, values.ToString());
            if (!taken.Add((write.Generation, values)) || await IsHeldAsync(collection, index, write, body.RootElement, written).ConfigureAwait(false))
                return duplicate;
            last = duplicate;
        }

        // Whoever had the value may have given it up since.
        return last ?? new StoreUnavailableException(PostgresFaults.Store, $"the unique index '{index.Name}' of '{collection.Name}' refused a document that cannot be found");
    }

    private async ValueTask<bool> IsHeldAsync(
        Schema.CollectionTable collection, IndexDefinition index, DocumentWrite write, JsonElement body, IReadOnlyList<DocumentWrite> written)
    {
        var parameters = new NpgsqlCommand().Parameters;
        parameters.Add(new NpgsqlParameter<long> { TypedValue = write.Generation });
        parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. written.Where(other => other.Generation == write.Generation).Select(static other => other.Key)] });
        var conditions = string.Join(" and ", index.Paths.Select(path => JsonCondition.SameAs(path, At(body, path), parameters)));
        var holder = await database.ScalarAsync<string>(
            $"select key from {collection.Table} where generation = $1 and key <> all($2) and {conditions} limit 1",
            to => DocumentReading.Move(to, parameters),
            CancellationToken.None).ConfigureAwait(false);
        return holder is not null;
    }

    private static JsonElement At(JsonElement element, IReadOnlyList<string> path)
    {
        foreach (var member in path)
            element = element.GetProperty(member);
        return element;
    }
}
