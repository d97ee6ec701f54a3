namespace Protean;

/// <summary>How one command is to be treated.</summary>
public sealed record CommandOptions
{
    /// <summary>
    /// Makes the command happen once, however often it is sent: what is sent again with the same key, for the same type of command and
    /// tenant (header <c>tenant</c>), gets the outcome of the first. 1 to 200 characters.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Whether a repeated key throws <see cref="DuplicateCommandException"/>, which carries the outcome, instead of returning it. Default: no.</summary>
    public bool ThrowOnDuplicate { get; init; }

    /// <summary>When the command is no longer to be begun.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>What the command and all that follows from it share. Default: that of its cause, or a new one.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Headers for the command and all that follows from it, beside those of its cause.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }
}
