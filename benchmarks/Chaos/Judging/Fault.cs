namespace Protean.Benchmarks.Chaos.Judging;

/// <summary>What may never be found.</summary>
internal enum Fault
{
    /// <summary>A commit that was acknowledged, or that a reader has met, is not there, or not all of it. A handler lacks a message.</summary>
    Lost,

    /// <summary>Something is there twice, a key was applied twice, or a reader or handler has met a message twice.</summary>
    Duplicated,

    /// <summary>A position is missing in a stream.</summary>
    Hole,

    /// <summary>Some of a commit is there, and some is not.</summary>
    Torn,

    /// <summary>A reader has met a position at or below one that it had met before, or a commit stands before one that was acknowledged when it began. A handler has handled a message before an earlier one.</summary>
    Reordered,

    /// <summary>Something stands at another place than was acknowledged or expected.</summary>
    Misplaced,

    /// <summary>A message is there that a reader, which was past it, has never met. A broker has brought nothing to a handler that it feeds.</summary>
    Skipped,

    /// <summary>A commit that the store said it had not taken is there.</summary>
    RefusedButThere,

    /// <summary>A commit was refused though everything was, and still is, as it expected.</summary>
    Unfounded,

    /// <summary>Something is there that nobody has sent, or that a handler was not to do.</summary>
    Unannounced,

    /// <summary>The store itself finds that something is wrong.</summary>
    Finding,

    /// <summary>The store has thrown what it does not promise.</summary>
    Unexpected,

    /// <summary>A delivery was given up that would have succeeded.</summary>
    GivenUp,

    /// <summary>A delivery that fails each time was not given up.</summary>
    NotGivenUp,
}
