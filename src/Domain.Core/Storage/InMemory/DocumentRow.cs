using System.Text.Json;

namespace Protean.Storage.InMemory;

/// <summary>A stored document. Its JSON is parsed when the first query or index asks, and kept.</summary>
internal sealed class DocumentRow(StoredDocument document)
{
    private JsonDocument? _parsed;

    public StoredDocument Document { get; } = document;

    public string Key => Document.Key;

    public JsonElement Root => (_parsed ??= JsonDocument.Parse(Document.Body)).RootElement;

    public JsonScalar At(IReadOnlyList<string> path) => JsonScalar.At(Root, path);
}
