using System.Security.Cryptography;
using Protean.Storage;

namespace Protean;

/// <summary>How idempotency keys are kept apart.</summary>
internal static class IdempotencyKeys
{
    /// <summary>What the outcome of an enqueued command is kept under.</summary>
    public const string OutcomeScope = "outcome";

    private const string Failed = "failed";
    private const int MaxLength = 200;
    private const string TenantHeader = "tenant";

    /// <summary>What a caller's key is unique in, however the command is sent: its type, in whatever version, and the tenant.</summary>
    public static string Scope(MessageType type, MessageMetadata metadata)
    {
        var scope = $"command:{type.Name[..type.Name.LastIndexOf('.')]}:{metadata.Headers.GetValueOrDefault(TenantHeader)}";
        return scope.Length <= MaxLength ? scope : $"command:{Hash(System.Text.Encoding.UTF8.GetBytes(scope))}";
    }

    /// <summary>Keeps what a command returned. Two who handle it at once cannot both keep it.</summary>
    public static KeyClaim Outcome(Guid command, byte[] outcome, DateTimeOffset at) => new(OutcomeScope, command.ToString(), "done", outcome, at);

    /// <summary>Keeps what a command failed on, until it is handled again.</summary>
    public static KeyClaim Failure(Guid command, byte[] outcome, DateTimeOffset at) => new(OutcomeScope, command.ToString(), Failed, outcome, at);

    /// <summary>Makes room for another outcome in place of a failure; never in place of a result.</summary>
    public static KeyRelease ReleaseFailure(Guid command) => new(OutcomeScope, command.ToString(), Failed);

    public static string Hash(ReadOnlySpan<byte> body) => Convert.ToHexStringLower(SHA256.HashData(body));

    public static void Check(string key)
    {
        if (key.Length is 0 or > MaxLength)
            throw new ArgumentException($"An idempotency key has 1 to {MaxLength} characters; this one has {key.Length}.", nameof(key));
    }
}
