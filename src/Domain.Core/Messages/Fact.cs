namespace Protean;

/// <summary>The whole state of an aggregate after a commit, recorded when the aggregate is declared with <c>RecordFacts()</c>.</summary>
/// <typeparam name="TAggregate">The aggregate.</typeparam>
/// <param name="State">The state, to be read only.</param>
public sealed record Fact<TAggregate>(TAggregate State) : IEvent
    where TAggregate : AggregateRoot;
