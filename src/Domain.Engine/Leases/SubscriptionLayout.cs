using System.Text.Json;
using System.Text.Json.Serialization;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>How a subscription is cut into partitions, as it stands in the store.</summary>
internal sealed record SubscriptionLayout
{
    /// <summary>The partition of the checkpoint that stands for the subscription as a whole.</summary>
    public const int WholePartition = -1;

    public required string Name { get; init; }

    /// <summary>Into how many partitions it is cut.</summary>
    public required int Count { get; init; }

    /// <summary>What it is cut by; nothing if an engine that did not say so has cut it.</summary>
    public required string? Cut { get; init; }

    /// <summary>The version of the projection that its documents are of.</summary>
    public required int Version { get; init; }

    /// <summary>The partitions' checkpoints. One that was never moved or owned stands at the beginning.</summary>
    public required IReadOnlyList<Checkpoint> Partitions { get; init; }

    /// <summary>What tells this subscription in this store from that of any other store; nothing if it was given none.</summary>
    public string? Mark { get; init; }

    /// <summary>The checkpoint that stands for the subscription as a whole: moved by one with each change of the layout.</summary>
    public CheckpointKey Whole => new(Name, WholePartition);

    public required long WholePosition { get; init; }

    public required long WholeEpoch { get; init; }

    /// <summary>Refuses a commit when the layout has changed meanwhile.</summary>
    public CheckpointMove Assertion => new(Whole, WholePosition, WholePosition, WholeEpoch);

    /// <summary>The layouts of all subscriptions that have one, by name.</summary>
    public static IReadOnlyDictionary<string, SubscriptionLayout> Read(IReadOnlyList<Checkpoint> checkpoints)
    {
        var rows = checkpoints.ToDictionary(c => c.Key);
        Dictionary<string, SubscriptionLayout> layouts = [];
        foreach (var whole in checkpoints.Where(c => c.Key.Partition == WholePartition && c.Data is not null))
        {
            if (DataOf(whole) is not { Partitions: > 0 } data)
                continue;
            var name = whole.Key.Name;
            layouts[name] = new()
            {
                Name = name,
                Count = data.Partitions,
                Cut = data.Cut,
                Version = data.Version,
                Mark = data.Mark,
                WholePosition = whole.Position,
                WholeEpoch = whole.Epoch,
                Partitions = [.. Enumerable.Range(0, data.Partitions).Select(p => rows.GetValueOrDefault(new(name, p)) ?? new(new(name, p), 0, 0, null, false, null))],
            };
        }

        return layouts;
    }

    /// <summary>The layout of one subscription, if it has one.</summary>
    public static async ValueTask<SubscriptionLayout?> FindAsync(IEventStore store, string name, CancellationToken cancellationToken) =>
        Read(await store.ListCheckpointsAsync(name, cancellationToken).ConfigureAwait(false)).GetValueOrDefault(name);

    /// <summary>The names that were given up, each with the one that its progress went to.</summary>
    public static IReadOnlyDictionary<string, string> ReadRenames(IReadOnlyList<Checkpoint> checkpoints)
    {
        Dictionary<string, string> renames = [];
        foreach (var whole in checkpoints.Where(c => c.Key.Partition == WholePartition && c.Data is not null))
        {
            if (DataOf(whole) is { RenamedTo: { } name })
                renames[whole.Key.Name] = name;
        }

        return renames;
    }

    public static string ToData(int partitions, string? cut, int version, string? mark = null) => Write(new(partitions, version, cut, Mark: mark));

    /// <summary>What stays under a name that was given up, so that a program which still has it begins nothing under it.</summary>
    public static string ToData(string renamedTo) => Write(new(0, RenamedTo: renamedTo));

    private static LayoutData? DataOf(Checkpoint whole) => JsonSerializer.Deserialize<LayoutData>(whole.Data!, JsonSerializerOptions.Web);

    private static string Write(LayoutData data) => JsonSerializer.Serialize(data, JsonSerializerOptions.Web);

    private sealed record LayoutData(
        int Partitions,
        int Version = 1,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cut = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? RenamedTo = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Mark = null);
}
