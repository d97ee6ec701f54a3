namespace Protean.Storage.InMemory;

/// <summary>All messages: the log, its streams and its categories. Every member is called under the store's gate.</summary>
internal sealed class MessageLog
{
    private readonly Dictionary<StreamName, StreamLog> _streams = [];
    private readonly Dictionary<string, CategoryLog> _categories = [];
    private readonly Dictionary<Guid, StoredMessage> _ids = [];
    private readonly List<StreamLog?> _targets = [];
    private readonly HashSet<Guid> _newIds = [];

    public AppendList<LogEntry> Entries { get; } = new();

    public long Head { get; private set; }

    public CorrelationIndex Correlations { get; } = new();

    public IReadOnlyCollection<CategoryLog> Categories => _categories.Values;

    public StreamLog? Stream(StreamName name) => _streams.GetValueOrDefault(name);

    public IEnumerable<StreamLog> StreamsOf(string category) => _streams.Values.Where(s => s.Name.Category == category);

    public CategoryLog? Category(string name) => _categories.GetValueOrDefault(name);

    public StoredMessage? Find(Guid id) => _ids.GetValueOrDefault(id);

    /// <summary>Refuses what cannot be appended, and remembers the streams for the <see cref="Append"/> that follows.</summary>
    public void Check(IReadOnlyList<StreamAppend> appends)
    {
        _targets.Clear();
        _newIds.Clear();
        var single = appends.Count == 1 && appends[0].Messages.Count == 1;
        for (var i = 0; i < appends.Count; i++)
        {
            var append = appends[i];
            var stream = Stream(append.Stream);
            CheckVersion(append.Stream, stream, append.ExpectedVersion);
            for (var m = 0; m < append.Messages.Count; m++)
            {
                var id = append.Messages[m].Id;
                if (_ids.ContainsKey(id) || (!single && !_newIds.Add(id)))
                    throw new DuplicateMessageException(id);
            }

            _targets.Add(stream);
        }
    }

    /// <summary>Appends what was checked just before.</summary>
    /// <returns>The first position of each append in its stream.</returns>
    public IReadOnlyList<long> Append(IReadOnlyList<StreamAppend> appends)
    {
        if (appends.Count == 0)
            return [];
        var positions = new long[appends.Count];
        for (var i = 0; i < positions.Length; i++)
        {
            var messages = appends[i].Messages;
            var stream = _targets[i] ?? Begin(appends[i].Stream);
            positions[i] = stream.Version + 1;
            for (var m = 0; m < messages.Count; m++)
                Add(stream, messages[m]);
        }

        return positions;
    }

    /// <summary>Takes messages out of the log, the category and the ids, and puts another in place of the one that stays.</summary>
    public void Truncate(StreamLog stream, long position, in NewMessage baseline)
    {
        if (_ids.ContainsKey(baseline.Id))
            throw new DuplicateMessageException(baseline.Id);
        var keep = new List<StoredMessage>();
        foreach (var message in stream.Messages.Slice().Span)
        {
            if (message.Position <= position)
                _ids.Remove(message.Id);
            if (message.Position == position)
                keep.Add(Stored(stream, baseline, message.GlobalPosition, position));
            else if (message.Position > position)
                keep.Add(message);
        }

        _ids.Add(baseline.Id, keep[0]);
        stream.Messages.ReplaceWith(keep);
        stream.FirstPosition = position;
        Rewrite(Entries, stream);
        Rewrite(stream.Category.Entries, stream);
        Correlations.Forget();
    }

    private static void CheckVersion(StreamName name, StreamLog? stream, long expectedVersion)
    {
        if (stream is { IsArchived: true })
            throw new StreamArchivedException(name);
        var version = stream?.Version ?? ExpectedVersion.NoStream;
        if (expectedVersion != ExpectedVersion.Any && expectedVersion != version)
            throw Conflict.Of(name, expectedVersion, version);
    }

    private static void Rewrite(AppendList<LogEntry> entries, StreamLog stream)
    {
        var keep = new List<LogEntry>(entries.Count);
        foreach (var entry in entries.Slice().Span)
        {
            var position = entry.Message.Position - stream.FirstPosition;
            if (entry.Stream != stream)
                keep.Add(entry);
            else if (position >= 0)
                keep.Add(new(stream.Messages[(int)position], stream));
        }

        entries.ReplaceWith(keep);
    }

    private static StoredMessage Stored(StreamLog stream, in NewMessage message, long globalPosition, long position) => new()
    {
        GlobalPosition = globalPosition,
        Stream = stream.Name,
        Position = position,
        Id = message.Id,
        Type = message.Type,
        Kind = message.Kind,
        Time = StoreTime.Of(message.Time),
        Body = message.Body,
        Checksum = message.Checksum,
        Metadata = message.Metadata,
    };

    private StreamLog Begin(StreamName name)
    {
        if (!_categories.TryGetValue(name.Category, out var category))
            _categories.Add(name.Category, category = new(name.Category));
        var stream = new StreamLog(name, category);
        category.Streams++;
        _streams.Add(name, stream);
        return stream;
    }

    private void Add(StreamLog stream, in NewMessage message)
    {
        var stored = Stored(stream, message, ++Head, stream.Version + 1);
        var entry = new LogEntry(stored, stream);
        _ids.Add(stored.Id, stored);
        stream.Messages.Add(stored);
        stream.Category.Entries.Add(entry);
        Entries.Add(entry);
    }
}
