namespace Protean.Storage.InMemory;

/// <summary>A collection: its generations, the numbers that were ever used for one, and its unique indexes.</summary>
internal sealed class DocumentCollection
{
    private readonly Dictionary<long, DocumentGeneration> _generations = [];

    public DocumentCollection(string name)
    {
        Name = name;
        _generations.Add(0, new());
    }

    public string Name { get; }

    public IndexDefinition[] UniqueIndexes { get; private set; } = [];

    public GenerationNumbers Numbers { get; private set; } = GenerationNumbers.First;

    public DocumentGeneration? Generation(long? number) => _generations.GetValueOrDefault(number ?? Numbers.Live);

    /// <summary>Takes over the indexes of a definition, over the documents that are there.</summary>
    public void Define(CollectionDefinition definition)
    {
        var unique = Array.FindAll([.. definition.Indexes], static index => index.Unique);
        var indexed = new List<(DocumentGeneration Generation, Dictionary<IndexValues, DocumentRow>[] Unique)>();
        foreach (var generation in _generations.Values)
            indexed.Add((generation, generation.Index(Name, unique)));
        foreach (var (generation, index) in indexed)
            generation.Use(index);
        UniqueIndexes = unique;
    }

    /// <summary>Brings the generations in line with numbers that were worked out before.</summary>
    public void Become(GenerationNumbers numbers)
    {
        foreach (var number in _generations.Keys)
        {
            if (!numbers.IsThere(number))
                _generations.Remove(number);
        }

        foreach (var number in numbers.Building)
        {
            if (!_generations.ContainsKey(number))
                _generations.Add(number, Empty());
        }

        // A commit can begin a generation and make it live at once.
        if (!_generations.ContainsKey(numbers.Live))
            _generations.Add(numbers.Live, Empty());
        Numbers = numbers;
    }

    private DocumentGeneration Empty()
    {
        var generation = new DocumentGeneration();
        generation.Use(generation.Index(Name, UniqueIndexes));
        return generation;
    }
}
