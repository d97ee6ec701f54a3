namespace Protean.Testing;

/// <summary>Compares an error with the one that was expected.</summary>
internal static class ErrorCheck
{
    public static void Check<TException>(Exception? error, string? containing) where TException : Exception
    {
        if (error is TException && (containing is null || error.Message.Contains(containing, StringComparison.Ordinal)))
            return;
        var expected = containing is null ? typeof(TException).Name : $"{typeof(TException).Name}: …{containing}…";
        var actual = error is null ? "no error" : $"{error.GetType().Name}: {error.Message}";
        throw new DomainAssertionException(
            "The error differs." + Environment.NewLine + SideBySide.Render([expected], actual.ReplaceLineEndings("\n").Split('\n')), error);
    }
}
