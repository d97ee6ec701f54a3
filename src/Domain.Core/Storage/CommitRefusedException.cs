using Protean.Storage;

namespace Protean;

/// <summary>A store did not take a commit, because something was not as the commit expected. Nothing was written.</summary>
public abstract class CommitRefusedException(string message) : ProteanException(message);

/// <summary>Somebody else was faster: a stream, document or failure record is no longer as it was read.</summary>
public sealed class ConcurrencyException : CommitRefusedException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="subject">What is in conflict: a stream's name, or a description such as <c>document 'a' of 'shop::cart'</c>.</param>
    /// <param name="expected">The version that was expected.</param>
    /// <param name="actual">The version that was found; -1 (stream) or 0 (document, record) for none.</param>
    public ConcurrencyException(string subject, long expected, long actual)
        : base($"{subject} is at version {actual}, and {expected} was expected: somebody else changed it. Load it again and repeat.")
    {
        Subject = subject;
        Expected = expected;
        Actual = actual;
    }

    /// <summary>What is in conflict.</summary>
    public string Subject { get; }

    /// <summary>The version that was expected.</summary>
    public long Expected { get; }

    /// <summary>The version that was found.</summary>
    public long Actual { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>A checkpoint is no longer the caller's to move: another node has taken or moved it, or owns it and is alive.</summary>
public sealed class CheckpointLostException(CheckpointKey key, string problem)
    : CommitRefusedException($"Checkpoint '{key.Name}' of partition {key.Partition} {problem}.")
{
    /// <summary>The checkpoint.</summary>
    public CheckpointKey Key { get; } = key;
}

/// <summary>Another document of the collection has the same value in a unique index.</summary>
public sealed class DuplicateValueException(string collection, string index, string key, string value)
    : CommitRefusedException($"Document '{key}' of '{collection}' repeats a value of another in the unique index '{index}'.")
{
    /// <summary>The collection.</summary>
    public string Collection { get; } = collection;

    /// <summary>The value. It is no part of the message, which may be logged.</summary>
    public string Value { get; } = value;

    /// <summary>The unique index.</summary>
    public string Index { get; } = index;

    /// <summary>The key of the document that was to be written.</summary>
    public string Key { get; } = key;
}

/// <summary>An idempotency key is taken, or a message was handled already.</summary>
public sealed class DuplicateKeyException : CommitRefusedException
{
    /// <summary>Creates the exception for a key.</summary>
    public DuplicateKeyException(string scope, string key)
        : this(scope, key, $"Key '{key}' of '{scope}' is taken already: what it stands for has been done.")
    {
    }

    internal DuplicateKeyException(string scope, string key, string message)
        : base(message)
    {
        Scope = scope;
        Key = key;
    }

    /// <summary>What the key is unique in.</summary>
    public string Scope { get; }

    /// <summary>The key.</summary>
    public string Key { get; }
}

/// <summary>A message with the same id is in the store already.</summary>
public sealed class DuplicateMessageException(Guid id)
    : CommitRefusedException($"A message with the id {id} is in the store already.")
{
    /// <summary>The id.</summary>
    public Guid Id { get; } = id;
}

/// <summary>A generation of a collection is not what the commit takes it for.</summary>
public sealed class GenerationException(string collection, long generation, string problem)
    : CommitRefusedException($"Generation {generation} of collection '{collection}' {problem}.")
{
    /// <summary>The collection.</summary>
    public string Collection { get; } = collection;

    /// <summary>The generation that was named.</summary>
    public long Generation { get; } = generation;
}

/// <summary>A stream is closed: nothing can be appended to it.</summary>
public sealed class StreamArchivedException(StreamName stream)
    : CommitRefusedException($"Stream '{stream}' is archived: nothing can be appended to it.")
{
    /// <summary>The stream.</summary>
    public StreamName Stream { get; } = stream;
}
