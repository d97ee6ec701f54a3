using System.Text.Json;
using System.Text.Json.Serialization;

namespace Protean.Benchmarks.Chaos.Histories;

/// <summary>One line that a process of the run says, as JSON. Exactly one member is there.</summary>
internal sealed record Line
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>A commit goes out.</summary>
    public Attempt? Begin { get; init; }

    /// <summary>A commit has come back.</summary>
    public Outcome? End { get; init; }

    /// <summary>A page of the log that was read.</summary>
    public IReadOnlyList<Met>? Met { get; init; }

    /// <summary>A partition that the engine of the process has taken.</summary>
    public Taken? Taken { get; init; }

    /// <summary>How many messages are new in an inbox.</summary>
    public long Kept { get; init; }

    /// <summary>How many messages came to an inbox again.</summary>
    public long Redelivered { get; init; }

    /// <summary>How many messages were handled that had failed before.</summary>
    public long Recovered { get; init; }

    /// <summary>How many messages the broker has brought to a handler that it feeds.</summary>
    public long Brought { get; init; }

    /// <summary>How many messages of such a handler were read from the store instead.</summary>
    public long FilledIn { get; init; }

    /// <summary>The process has begun, and would hear a signal.</summary>
    public bool IsUp { get; init; }

    /// <summary>The engine of the process has what it is to have of the partitions.</summary>
    public bool IsReady { get; init; }

    /// <summary>The process writes nothing new any more.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>It has done what it was to do.</summary>
    public bool Done { get; init; }

    /// <summary>The line, with its end.</summary>
    public byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, _json), (byte)'\n'];

    /// <returns>Nothing for a line that broke off, as the last one of a killed process can.</returns>
    public static Line? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(text, _json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A message that a reader of the log has met.</summary>
internal readonly record struct Met(long Position, Guid Id);

/// <summary>A partition of a handler that a node has taken under an epoch.</summary>
internal sealed record Taken(string Handler, int Partition, long Epoch);
