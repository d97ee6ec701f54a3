namespace Protean.Testing;

/// <summary>Compares errors with the one that was expected.</summary>
internal static class ErrorCheck
{
    public static void Check<TException>(Exception? error, string? containing) where TException : Exception
    {
        if (Matches<TException>(error, containing))
            return;
        throw new DomainAssertionException(
            "The error differs." + Environment.NewLine + SideBySide.Show(Expected<TException>(containing), error is null ? "(no error)" : Describe(error)), error);
    }

    public static bool Matches<TException>(Exception? error, string? containing) where TException : Exception =>
        error is TException && (containing is null || error.Message.Contains(containing, StringComparison.Ordinal));

    public static string Expected<TException>(string? containing) where TException : Exception =>
        containing is null ? typeof(TException).Name : $"{typeof(TException).Name}: …{containing}…";

    public static string Describe(Exception error) => $"{error.GetType().Name}: {error.Message}";

    /// <summary>For an error that nobody expected.</summary>
    public static DomainAssertionException Unexpected(string where, Exception error) =>
        new($"No error was expected, but {where}: {Describe(error)}", error);
}
