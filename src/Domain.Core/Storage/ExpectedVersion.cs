namespace Protean.Storage;

/// <summary>What an append expects of its stream. Zero or more means: the last message stands at exactly this position.</summary>
public static class ExpectedVersion
{
    /// <summary>Whatever is there.</summary>
    public const long Any = -2;

    /// <summary>The stream has no message yet.</summary>
    public const long NoStream = -1;
}

/// <summary>What a write expects of its document. One or more means: the stored version is exactly this.</summary>
public static class ExpectedDocument
{
    /// <summary>Whatever is there.</summary>
    public const long Any = -2;

    /// <summary>Nothing, or an older version than the one to be written; one that is not older is left as it is, without an error. Not for deletes.</summary>
    public const long Older = -3;

    /// <summary>The document does not exist.</summary>
    public const long Absent = 0;
}
