namespace Protean.EventStore.Writing;

/// <summary>How the statements of a batch are made. The usual ones are the cheapest; what they cannot do is done again in another way.</summary>
[Flags]
internal enum Manner
{
    Usual = 0,

    /// <summary>A stream that is not where it is expected is looked up, and its commit refused by name.</summary>
    Careful = 1,

    /// <summary>Values of unique indexes may move between documents.</summary>
    DeletesFirst = 2,
}
