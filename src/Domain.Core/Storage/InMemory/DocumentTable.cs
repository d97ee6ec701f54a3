namespace Protean.Storage.InMemory;

/// <summary>All collections. Every member is called under the store's gate.</summary>
internal sealed class DocumentTable
{
    private readonly Dictionary<string, DocumentCollection> _collections = [];

    public void Define(StoreDefinition definition)
    {
        foreach (var collection in definition.Collections)
        {
            if (!_collections.TryGetValue(collection.Name, out var known))
                known = new(collection.Name);
            known.Define(collection);
            _collections[collection.Name] = known;
        }
    }

    public DocumentCollection Collection(string name) =>
        _collections.TryGetValue(name, out var collection)
            ? collection
            : throw new ArgumentException($"Collection '{name}' is not declared: name it in the definition the store is initialized with.", nameof(name));

    public StoredDocument? Find(DocumentAddress address) =>
        Collection(address.Collection).Generation(address.Generation)?.Find(address.Key)?.Document;

    /// <summary>Works out what the changes of a commit come to, or refuses them.</summary>
    /// <returns>The plan; none when there is nothing to do.</returns>
    public DocumentPlan? Plan(IReadOnlyList<GenerationChange> generations, IReadOnlyList<DocumentWrite> documents)
    {
        if (generations.Count == 0 && documents.Count == 0)
            return null;
        var plan = new DocumentPlan(this);
        for (var i = 0; i < generations.Count; i++)
            plan.Add(generations[i]);
        for (var i = 0; i < documents.Count; i++)
            plan.Add(documents[i]);
        plan.CheckUnique();
        return plan;
    }
}
