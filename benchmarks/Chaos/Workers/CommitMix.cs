using System.Collections.Concurrent;
using System.Globalization;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Workers;

/// <summary>
/// Makes commits of all kinds on streams, documents, checkpoints and keys that the callers of all workers share, so that they really get into each
/// other's way. What a commit expects was read before, or is what this process knew last.
/// </summary>
internal sealed class CommitMix(IEventStore store, UserRows rows, int worker)
{
    private const int Streams = 150;
    private const int Documents = 150;
    private const int Checkpoints = 80;
    private const int Keys = 20_000;
    private const int MostMessages = 3;
    private const double ReadsFirst = 0.75;
    private static readonly TimeSpan _longestThought = TimeSpan.FromMilliseconds(3);

    private readonly ConcurrentDictionary<StreamName, long> _versions = [];
    private int _made;

    public async Task<Draft> NextAsync(CommitKind kind, string? key, Random random)
    {
        var draft = new Draft(string.Create(CultureInfo.InvariantCulture, $"{worker}.{Interlocked.Increment(ref _made)}"));
        await AppendAsync(draft, kind, random);
        if (kind is CommitKind.Documents or CommitKind.Everything)
            await WriteDocumentsAsync(draft, random);
        if (kind is CommitKind.Checkpoint or CommitKind.CheckpointAlone or CommitKind.Everything)
            await MoveCheckpointAsync(draft, random);
        if (kind is CommitKind.Keyed or CommitKind.Everything)
            draft.Claim(key ?? $"key-{random.Next(Keys)}");
        if (kind is CommitKind.UserSql or CommitKind.Everything)
            draft.AddRow(rows, _longestThought * random.NextDouble());
        return draft;
    }

    /// <summary>What is known of a stream from the outcome of a commit; none if nothing is.</summary>
    public void Learn(StreamName stream, long? version)
    {
        if (version is { } known)
            _versions[stream] = known;
        else
            _versions.TryRemove(stream, out _);
    }

    private async Task AppendAsync(Draft draft, CommitKind kind, Random random)
    {
        var count = kind switch
        {
            CommitKind.CheckpointAlone => 0,
            CommitKind.Several or CommitKind.Everything => random.Next(2, 4),
            _ => 1,
        };
        foreach (var stream in Choose(Streams, count, random).Select(static n => StreamName.Create("chaos::work", $"{n}")))
        {
            // A key is what makes these happen once, not a version.
            var expected = kind == CommitKind.Keyed ? ExpectedVersion.Any : await VersionAsync(stream, random);
            draft.Append(stream, expected, random.Next(1, MostMessages + 1));
        }
    }

    private async Task<long> VersionAsync(StreamName stream, Random random)
    {
        if (_versions.TryGetValue(stream, out var known) && random.NextDouble() > ReadsFirst)
            return known;
        return (await store.ReadStreamAsync(new() { Stream = stream, From = long.MaxValue, Backwards = true, MaxCount = 1 })).Version;
    }

    private async Task WriteDocumentsAsync(Draft draft, Random random)
    {
        var keys = Choose(Documents, random.Next(1, 3), random).Select(static n => $"document-{n}").ToArray();
        var stored = await store.LoadDocumentsAsync([.. keys.Select(static key => new DocumentAddress(StoreAddress.Collection, key))]);
        for (var i = 0; i < keys.Length; i++)
            draft.Write(keys[i], stored[i]);
    }

    private async Task MoveCheckpointAsync(Draft draft, Random random)
    {
        var key = new CheckpointKey($"checkpoint-{random.Next(Checkpoints)}");
        draft.Move(key, await store.GetCheckpointAsync(key));
    }

    private static HashSet<int> Choose(int among, int count, Random random)
    {
        var chosen = new HashSet<int>();
        while (chosen.Count < count)
            chosen.Add(random.Next(among));
        return chosen;
    }
}
