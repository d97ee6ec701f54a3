using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>One kind of thing that commits write: collects it from the members of a batch, and becomes statements.</summary>
internal abstract class Section
{
    /// <summary>Forgets the batch before.</summary>
    public abstract void Clear();

    /// <summary>Takes what a member has of it.</summary>
    public abstract void Add(Commit commit, int member);

    /// <summary>Adds the statements, if there is anything to write.</summary>
    public abstract void AddTo(BatchCommands commands);
}
