namespace Protean.Benchmarks.Chaos.Notifications.Domains;

/// <summary>Lists what was entered into one account: the effect of what has come through the broker within the domain.</summary>
internal sealed class Statement : Aggregate
{
    public List<string> Entries { get; private set; } = [];

    public static Statement Of(string id) => new() { Id = id };

    public void List(string entry) => Entries.Add(entry);
}
