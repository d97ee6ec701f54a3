using Protean.Benchmarks.Chaos.Histories;

namespace Protean.Benchmarks.Chaos.Judging;

/// <summary>Finds the parts of attempts among what is in the store.</summary>
internal sealed class ContentsIndex
{
    private static readonly IReadOnlyList<int> _nowhere = [];
    private readonly ILookup<Guid, MessageRow> _messages;
    private readonly Dictionary<string, long> _versions = [];
    private readonly Dictionary<string, DocumentRow> _documents;
    private readonly Dictionary<string, CheckpointRow> _checkpoints;
    private readonly Dictionary<(string Key, string Tag), List<int>> _writes = [];
    private readonly Dictionary<(string Name, string Tag), List<int>> _moves = [];
    private readonly IReadOnlyDictionary<string, string> _keys;
    private readonly Dictionary<string, int> _rows;

    public ContentsIndex(StoreContents contents)
    {
        Messages = contents.Messages;
        _messages = contents.Messages.ToLookup(static message => message.Id);
        foreach (var message in contents.Messages)
            _versions[message.Stream] = Math.Max(message.Position, StreamVersion(message.Stream));
        _documents = contents.Documents.ToDictionary(static document => document.Key);
        foreach (var document in contents.Documents)
            Add(_writes, document.Key, document.Writers);
        _checkpoints = contents.Checkpoints.ToDictionary(static checkpoint => checkpoint.Name);
        foreach (var checkpoint in contents.Checkpoints)
            Add(_moves, checkpoint.Name, checkpoint.Movers);
        _keys = contents.Keys;
        _rows = contents.Rows.CountBy(static tag => tag).ToDictionary();
    }

    public IReadOnlyList<MessageRow> Messages { get; }

    public IReadOnlyList<MessageRow> Find(Guid message) => [.. _messages[message]];

    /// <summary>The position of a stream's last message; -1 for none.</summary>
    public long StreamVersion(string stream) => _versions.GetValueOrDefault(stream, -1);

    /// <summary>The version of a document; 0 for none.</summary>
    public long DocumentVersion(string key) => _documents.TryGetValue(key, out var document) ? document.Version : 0;

    public long CheckpointPosition(string name) => _checkpoints.TryGetValue(name, out var checkpoint) ? checkpoint.Position : 0;

    /// <summary>The versions of a document that an attempt has written.</summary>
    public IReadOnlyList<int> Writes(string key, string tag) => _writes.TryGetValue((key, tag), out var versions) ? versions : _nowhere;

    /// <summary>The positions that an attempt has moved a checkpoint to.</summary>
    public IReadOnlyList<int> Moves(string name, string tag) => _moves.TryGetValue((name, tag), out var positions) ? positions : _nowhere;

    public string? Claimant(string key) => _keys.GetValueOrDefault(key);

    public int Rows(string tag) => _rows.GetValueOrDefault(tag);

    /// <summary>Whether anything of an attempt is there.</summary>
    public bool HasAny(Attempt attempt) =>
        attempt.Appends.Any(append => append.Messages.Any(_messages.Contains))
        || attempt.Documents.Any(document => Writes(document.Key, attempt.Tag).Count > 0)
        || (attempt.Checkpoint is { } checkpoint && Moves(checkpoint.Name, attempt.Tag).Count > 0)
        || (attempt.Key is { } key && Claimant(key) == attempt.Tag)
        || Rows(attempt.Tag) > 0;

    private static void Add(Dictionary<(string, string), List<int>> places, string subject, IReadOnlyList<string> tags)
    {
        for (var i = 0; i < tags.Count; i++)
        {
            if (!places.TryGetValue((subject, tags[i]), out var found))
                places.Add((subject, tags[i]), found = []);
            found.Add(i + 1);
        }
    }
}
