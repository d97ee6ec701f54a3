namespace Protean;

/// <summary>Which failures may go away when the same is done again on fresh state.</summary>
internal static class Conflicts
{
    public static bool CanRetry(ProteanException error) =>
        error is ConcurrencyException or GenerationException && !AfterCommit.IsMarked(error);
}

/// <summary>Tells errors apart that came after everything was committed.</summary>
public static class AfterCommit
{
    private const string Mark = "Protean.AfterCommit";

    /// <summary>
    /// Whether an error came from an inline handler, after what the caller asked for was committed: doing it again would do it twice.
    /// </summary>
    public static bool IsMarked(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error.Data.Contains(Mark);
    }

    /// <summary>For an error that leaves something that is not committed itself.</summary>
    internal static void Unmark(Exception error) => error.Data.Remove(Mark);

    internal static void MarkWith(Exception error, string what) => error.Data[Mark] = what;
}
