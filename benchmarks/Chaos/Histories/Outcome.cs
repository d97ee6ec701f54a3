using System.Text.Json.Serialization;

namespace Protean.Benchmarks.Chaos.Histories;

/// <summary>What the store has told a worker about an attempt.</summary>
internal sealed record Outcome
{
    public required string Tag { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required OutcomeKind Kind { get; init; }

    /// <summary>The global position of the first message.</summary>
    public long FirstPosition { get; init; }

    /// <summary>For each append the position of its first message in its stream.</summary>
    public IReadOnlyList<long> StreamPositions { get; init; } = [];

    /// <summary>What was wrong, if it was not a refusal.</summary>
    public string? Error { get; init; }
}

internal enum OutcomeKind
{
    /// <summary>It is committed.</summary>
    Acknowledged,

    /// <summary>Something was not as it expected: nothing was written.</summary>
    Refused,

    /// <summary>The store could not be used: nothing was written.</summary>
    Unavailable,

    /// <summary>The store could not find out whether it was written.</summary>
    Unknown,

    /// <summary>An exception that the store does not promise.</summary>
    Unexpected,
}
