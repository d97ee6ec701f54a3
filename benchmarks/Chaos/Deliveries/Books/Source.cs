namespace Protean.Benchmarks.Chaos.Deliveries.Books;

/// <summary>Where the events come from that are delivered.</summary>
internal sealed class Source : EventSourcedAggregate
{
    public long Emitted { get; private set; }

    public static Source Of(string id) => new() { Id = id };

    public void Emit(string target, Trouble? trouble) => Raise(new Emitted(Id, Emitted, target, trouble));

    void Apply(Emitted e) => Emitted = e.Number + 1;
}
