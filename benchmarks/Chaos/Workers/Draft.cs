using System.Text;
using Protean.Benchmarks.Chaos.Histories;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Workers;

/// <summary>A commit that is put together, and beside it what is said about it.</summary>
internal sealed class Draft(string tag)
{
    private static readonly MessageMetadata _metadata = new() { CorrelationId = "chaos" };
    private readonly List<StreamAppend> _appends = [];
    private readonly List<DocumentWrite> _documents = [];
    private readonly List<DocumentPart> _documentParts = [];
    private CheckpointMove? _checkpoint;
    private string? _key;
    private Func<System.Data.Common.DbConnection, System.Data.Common.DbTransaction, CancellationToken, Task>? _row;

    public string Tag { get; } = tag;

    public void Append(StreamName stream, long expectedVersion, int messages) =>
        _appends.Add(new(stream, expectedVersion, [.. Enumerable.Range(0, messages).Select(_ => Message())]));

    public void Write(string key, StoredDocument? stored)
    {
        var version = (stored?.Version ?? 0) + 1;
        _documents.Add(new()
        {
            Collection = StoreAddress.Collection,
            Key = key,
            ExpectedVersion = version - 1,
            Version = version,
            Body = Writers.Bytes([.. Writers.Read(stored?.Body), Tag]),
        });
        _documentParts.Add(new(key, version));
    }

    public void Move(CheckpointKey key, Checkpoint? stored)
    {
        var position = stored?.Position ?? 0;
        _checkpoint = new(key, position, position + 1, Epoch: 0, Data: Writers.Text([.. Writers.Read(stored?.Data), Tag]));
    }

    public void Claim(string key) => _key = key;

    public void AddRow(UserRows rows, TimeSpan pause) => _row = rows.Insert(Tag, pause);

    public Attempt ToAttempt() => new()
    {
        Tag = Tag,
        Appends = [.. _appends.Select(static append => new AppendPart(append.Stream.Value, append.ExpectedVersion, [.. append.Messages.Select(static message => message.Id)]))],
        Documents = _documentParts,
        Checkpoint = _checkpoint is { } move ? new(move.Key.Name, move.Position) : null,
        Key = _key,
        HasRow = _row is not null,
    };

    public Commit ToCommit(Guid? id) => new()
    {
        Id = id,
        Appends = _appends,
        Documents = _documents,
        Checkpoints = _checkpoint is { } move ? [move] : [],
        Keys = _key is null ? [] : [new(ContentsReader.KeyScope, _key, Tag, Encoding.UTF8.GetBytes(Tag), TimeProvider.System.GetUtcNow())],
        UserWork = _row is null ? [] : [_row],
    };

    private NewMessage Message() =>
        NewMessage.Create(Guid.CreateVersion7(), "Chaos.Committed.v1", MessageKind.Event, TimeProvider.System.GetUtcNow(), Encoding.UTF8.GetBytes($$"""{"tag":"{{Tag}}"}"""), _metadata);
}
