using Protean.Storage;

namespace Protean.Testing;

/// <summary>A handler that failed on a message.</summary>
/// <param name="Handler">The durable name of the handler.</param>
/// <param name="Method">The method.</param>
/// <param name="Message">The message.</param>
/// <param name="Error">What it threw.</param>
public sealed record TestFailure(string Handler, string Method, StoredMessage Message, Exception Error)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Handler} failed on {Message.Type} in {Message.Stream}: {ErrorCheck.Describe(Error)}";

    internal static TestFailure Of(FailedDelivery failed) => new(failed.Handler, failed.Method, failed.Message, failed.Error);

    internal static string List(IReadOnlyList<TestFailure> failures) => failures.Count == 0 ? "(no failure)" : string.Join(Environment.NewLine, failures);
}
