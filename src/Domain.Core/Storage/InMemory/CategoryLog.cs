namespace Protean.Storage.InMemory;

/// <summary>The messages of one category, in the order of the log.</summary>
internal sealed class CategoryLog(string name)
{
    public string Name { get; } = name;

    public AppendList<LogEntry> Entries { get; } = new();

    public int Streams { get; set; }

    public CategoryStatistics Statistics() =>
        new(Name, Streams, Entries.Count, Entries[Entries.Count - 1].Message.GlobalPosition);
}
