using System.Text;
using System.Text.Json;

namespace Protean.Storage;

/// <summary>What every store checks of a read before it begins. A broken rule throws an <see cref="ArgumentException"/> that names the culprit.</summary>
public static class ReadValidation
{
    /// <summary>Checks the read of a stream.</summary>
    /// <exception cref="ArgumentException">It can never return anything.</exception>
    public static void Check(in StreamRead read)
    {
        StoreText.CheckStream(read.Stream, nameof(read));
        ArgumentOutOfRangeException.ThrowIfNegative(read.From);
        ArgumentOutOfRangeException.ThrowIfLessThan(read.MaxCount, 1);
        if (read.Snapshot is not { } snapshot)
            return;
        Check(snapshot);
        if (read.Backwards)
            throw new ArgumentException($"Stream '{read.Stream}' cannot be read backwards from a snapshot.", nameof(read));
    }

    /// <summary>Checks the read of the log.</summary>
    /// <exception cref="ArgumentException">It can never return anything.</exception>
    public static void Check(LogRead read)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentOutOfRangeException.ThrowIfNegative(read.After);
        ArgumentOutOfRangeException.ThrowIfNegative(read.UpTo);
        ArgumentOutOfRangeException.ThrowIfLessThan(read.MaxCount, 1);
        if (read.Partition is { } partition && (partition.Count < 1 || partition.Index < 0 || partition.Index >= partition.Count))
            throw new ArgumentException($"There is no partition {partition.Index} of {partition.Count}.", nameof(read));
        if (read.Source is { Length: 0 })
            throw new ArgumentException("The source is an empty text: leave it out, or name a category.", nameof(read));
        for (var i = 0; i < read.Categories?.Count; i++)
            CheckCategory(read.Categories[i]);
        for (var i = 0; i < read.Types?.Count; i++)
        {
            if (string.IsNullOrEmpty(read.Types[i]))
                throw new ArgumentException("A type has no name.", nameof(read));
        }
    }

    /// <summary>Checks what is handed to <see cref="IEventStore.ReadCorrelationAsync"/>.</summary>
    /// <exception cref="ArgumentException">The id is empty, or a number is too small.</exception>
    public static void CheckCorrelation(string correlationId, long after, int maxCount)
    {
        ArgumentException.ThrowIfNullOrEmpty(correlationId);
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCount, 1);
    }

    /// <summary>Checks the address of a document. Whether its collection is declared is for the store to say.</summary>
    /// <exception cref="ArgumentException">No document can have it.</exception>
    public static void Check(DocumentAddress address)
    {
        StoreText.Check(address.Collection, "The collection of a document", CommitValidation.MaxNameLength, nameof(address));
        StoreText.Check(address.Key, $"The key of a document of '{address.Collection}'", CommitValidation.MaxKeyLength, nameof(address));
    }

    /// <summary>Checks a query of documents. Whether its collection is declared is for the store to say.</summary>
    /// <exception cref="ArgumentException">It cannot be answered.</exception>
    public static void Check(DocumentQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        StoreText.Check(query.Collection, "The collection of a query", CommitValidation.MaxNameLength, nameof(query));
        ArgumentOutOfRangeException.ThrowIfNegative(query.Skip);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Take, 1);
        ArgumentNullException.ThrowIfNull(query.Where);
        ArgumentNullException.ThrowIfNull(query.OrderBy);
        for (var i = 0; i < query.Where.Count; i++)
            CheckCondition(query.Where[i]);
        for (var i = 0; i < query.OrderBy.Count; i++)
            StoreText.CheckPath(query.OrderBy[i].Path, nameof(query));
    }

    /// <summary>Checks a query of failure records.</summary>
    /// <exception cref="ArgumentException">It asks for less than one record.</exception>
    public static void Check(FailureQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Take, 1);
    }

    /// <summary>Checks a heartbeat.</summary>
    /// <exception cref="ArgumentException">The node has no name, or a negative lifetime.</exception>
    public static void Check(Heartbeat heartbeat)
    {
        StoreText.Check(heartbeat.Node, "The name of a node", CommitValidation.MaxNameLength, nameof(heartbeat));
        if (heartbeat.Lifetime < TimeSpan.Zero)
            throw new ArgumentException($"Node '{heartbeat.Node}' cannot live for {heartbeat.Lifetime}.", nameof(heartbeat));
    }

    /// <summary>Checks the key of a checkpoint.</summary>
    /// <exception cref="ArgumentException">It has no name.</exception>
    public static void Check(CheckpointKey key) => StoreText.Check(key.Name, "The name of a checkpoint", CommitValidation.MaxNameLength, nameof(key));

    /// <summary>Checks an idempotency key.</summary>
    /// <exception cref="ArgumentException">The scope or the key can be none.</exception>
    public static void CheckKey(string scope, string key)
    {
        StoreText.Check(scope, "The scope of an idempotency key", CommitValidation.MaxKeyLength, nameof(scope));
        StoreText.Check(key, $"An idempotency key of '{scope}'", CommitValidation.MaxKeyLength, nameof(key));
    }

    /// <summary>Checks the name of a handler.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static void CheckHandler(string handler) =>
        StoreText.Check(handler, "The name of a handler", CommitValidation.MaxNameLength, nameof(handler));

    private static void CheckCategory(string category)
    {
        StoreText.Check(category, "A category", StreamName.MaxCategoryLength, nameof(category));
        if (category == StreamName.All)
            throw new ArgumentException($"'{StreamName.All}' is not a category: leave the categories out to read the whole log.", nameof(category));
        if (category.Contains('-', StringComparison.Ordinal))
            throw new ArgumentException($"'{category}' is not a category: a category has no dash.", nameof(category));
    }

    private static void CheckCondition(DocumentCondition condition)
    {
        StoreText.CheckPath(condition.Path, nameof(condition));
        if (condition.Comparison is < DocumentComparison.Equal or > DocumentComparison.GreaterOrEqual)
            throw new ArgumentException($"'{string.Join('.', condition.Path)}' is compared in an unknown way: {condition.Comparison}.", nameof(condition));
        if (condition.Value.Kind == DocumentValueKind.Text && condition.Value.Text is null)
            throw new ArgumentException($"'{string.Join('.', condition.Path)}' is compared with a text that is null: use {nameof(DocumentValue)}.{nameof(DocumentValue.Null)}.", nameof(condition));
        if (condition.Value.Kind == DocumentValueKind.Number && !IsNumber(condition.Value.Text))
            throw new ArgumentException($"'{string.Join('.', condition.Path)}' is compared with '{condition.Value.Text}', which is not a JSON number.", nameof(condition));
    }

    private static bool IsNumber(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return false;
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            return reader.Read() && reader.TokenType == JsonTokenType.Number && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
