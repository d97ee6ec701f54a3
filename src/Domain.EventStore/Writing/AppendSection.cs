using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>
/// Messages. Their positions in streams follow the last message of each, which nobody else can change while the lock is held. A stream that is not
/// where it is expected ends the transaction; the usual ways do not say which, the careful one does.
/// </summary>
internal sealed class AppendSection(string schema) : Section
{
    private readonly List<(int Member, int Item, StreamAppend Append)> _appends = [];
    private readonly SingleAppend _first = SingleAppend.First(schema);
    private readonly SingleAppend _next = SingleAppend.Next(schema);
    private readonly AppendRows _usual = AppendRows.Usual(schema);
    private readonly AppendRows _careful = AppendRows.Careful(schema);
    private bool _isCareful;

    public bool IsEmpty => _appends.Count == 0;

    /// <summary>The id of the batch, under which it may have been given up.</summary>
    public Guid Batch { get; set; }

    /// <summary>Forgets the batch before.</summary>
    /// <param name="isCareful">Whether to find out who is to blame if a stream is not where it is expected.</param>
    public void Start(bool isCareful)
    {
        Clear();
        _isCareful = isCareful;
    }

    public override void Clear() => _appends.Clear();

    public override void Add(Commit commit, int member)
    {
        for (var item = 0; item < commit.Appends.Count; item++)
        {
            _appends.Add((member, item, commit.Appends[item]));
            // Where the next message of such a stream goes to must be looked up.
            _isCareful |= commit.Appends[item].ExpectedVersion == ExpectedVersion.Any;
        }
    }

    public override void AddTo(BatchCommands commands)
    {
        if (IsEmpty)
            return;
        if (_isCareful)
            commands.Add(_careful.Fill(Batch, _appends), Answer.Appended);
        else if (_appends is [{ Append: { Messages.Count: 1 } append }])
            commands.Add((append.ExpectedVersion == ExpectedVersion.NoStream ? _first : _next).Fill(Batch, append), Answer.Appended);
        else
            commands.Add(_usual.Fill(Batch, _appends), Answer.Appended);
    }
}
