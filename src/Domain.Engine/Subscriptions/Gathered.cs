using System.Data.Common;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>Effects on their way to the store: those of one message, or of several that share a commit.</summary>
internal sealed class Gathered
{
    private readonly List<StreamAppend> _appends = [];
    private readonly Dictionary<StreamName, int> _streams = [];
    private readonly List<DocumentWrite> _documents = [];
    private readonly Dictionary<(string Collection, string Key), int> _addresses = [];
    private readonly HashSet<string> _collections = [];
    private readonly List<KeyRelease> _releases = [];
    private readonly List<KeyClaim> _claims = [];
    private readonly Dictionary<FailureKey, FailureWrite> _failures = [];
    private readonly List<Func<DbConnection, DbTransaction, CancellationToken, Task>> _userWork = [];
    private readonly List<CommitDraft> _drafts = [];
    private readonly List<Guid> _commands = [];
    private readonly List<MarkPurge> _markPurges = [];

    /// <summary>The methods that have handled a message which is not handled by all of them yet.</summary>
    public List<HandledMark> Marks { get; } = [];

    /// <summary>How far the log is handled with this; nothing while it is part of one message.</summary>
    public long? Position { get; set; }

    /// <summary>How many messages have left effects here.</summary>
    public int Messages { get; private set; }

    public bool HasEffects { get; private set; }

    /// <summary>Whether messages were handled that have left nothing here.</summary>
    public bool HasHandled { get; set; }

    /// <summary>Commands whose outcome is to be announced when this is committed.</summary>
    public IReadOnlyList<Guid> Commands => _commands;

    /// <summary>Drafts whose events inline handlers or the event bus want when this is committed.</summary>
    public IReadOnlyList<CommitDraft> Drafts => _drafts;

    /// <summary>Adds the commit of one unit of work, if one commit can hold it together with what is here.</summary>
    public bool TryAdd(Commit commit, CommitDraft? draft = null)
    {
        if (!Fits(commit.Appends, commit.Documents, commit.KeyReleases, commit.Keys, commit.UserWork.Count))
            return false;
        foreach (var append in commit.Appends)
            Add(append);
        foreach (var document in commit.Documents)
            Add(document);
        _releases.AddRange(commit.KeyReleases);
        _claims.AddRange(commit.Keys);
        _userWork.AddRange(commit.UserWork);
        HasEffects |= !commit.IsEmpty || draft is not null;
        if (draft is not null)
            _drafts.Add(draft);
        return true;
    }

    /// <summary>Adds what another message has left, if one commit can hold both.</summary>
    public bool TryAdd(Gathered later)
    {
        if (!Fits(later._appends, later._documents, later._releases, later._claims, later._userWork.Count) || later._failures.Keys.Any(_failures.ContainsKey))
            return false;
        foreach (var append in later._appends)
            Add(append);
        foreach (var document in later._documents)
            Add(document);
        foreach (var failure in later._failures.Values)
            Add(failure);
        _releases.AddRange(later._releases);
        _claims.AddRange(later._claims);
        _userWork.AddRange(later._userWork);
        _drafts.AddRange(later._drafts);
        _commands.AddRange(later._commands);
        Marks.AddRange(later.Marks);
        _markPurges.AddRange(later._markPurges);
        HasEffects |= later.HasEffects;
        Messages++;
        return true;
    }

    public void Add(FailureWrite failure)
    {
        _failures[failure.Key] = failure;
        HasEffects = true;
    }

    public void Add(HandledMark mark)
    {
        Marks.Add(mark);
        HasEffects = true;
    }

    /// <summary>Removes marks that say nothing any more.</summary>
    public void Add(MarkPurge purge)
    {
        _markPurges.Add(purge);
        HasEffects = true;
    }

    public void Announce(Guid command) => _commands.Add(command);

    public bool TryFind(string collection, string key, long? generation, out DocumentWrite write)
    {
        write = default;
        if (!_addresses.TryGetValue((collection, key), out var index))
            return false;
        write = _documents[index];
        return generation is null || generation == write.Generation;
    }

    /// <summary>Whether there are documents of a collection that a query could find, or not find any more.</summary>
    public bool Touches(string collection) => _collections.Contains(collection);

    public bool TryFind(StreamName stream, out StreamAppend append)
    {
        append = default;
        if (!_streams.TryGetValue(stream, out var index))
            return false;
        append = _appends[index];
        return true;
    }

    /// <summary>Everything as one commit, with the progress of who made it.</summary>
    public Commit ToCommit(CheckpointMove? progress) => new()
    {
        // Without a position nothing else tells whether it was taken.
        Id = Position is null ? Guid.CreateVersion7() : null,
        Appends = _appends,
        Documents = _documents,
        KeyReleases = _releases,
        Keys = _claims,
        Failures = [.. _failures.Values],
        Marks = Marks,
        MarkPurges = _markPurges,
        UserWork = _userWork,
        Checkpoints = progress is { } move ? [move] : [],
    };

    private bool Fits(
        IReadOnlyList<StreamAppend> appends, IReadOnlyList<DocumentWrite> documents, IReadOnlyList<KeyRelease> releases, IReadOnlyList<KeyClaim> claims, int userWork)
    {
        // The user's own SQL sees what is committed, so nothing uncommitted may go with it.
        if ((userWork > 0 && HasEffects) || _userWork.Count > 0)
            return false;
        foreach (var append in appends)
        {
            if (_streams.TryGetValue(append.Stream, out var index) && !Follows(_appends[index], append))
                return false;
        }

        foreach (var document in documents)
        {
            if (_addresses.TryGetValue((document.Collection, document.Key), out var index) && !Follows(_documents[index], document))
                return false;
        }

        return (releases.Count == 0 && claims.Count == 0) || KeysFit(releases, claims);
    }

    private bool KeysFit(IReadOnlyList<KeyRelease> releases, IReadOnlyList<KeyClaim> claims)
    {
        if (_releases.Count + _claims.Count == 0)
            return true;
        HashSet<(string, string)> here = [.. _releases.Select(r => (r.Scope, r.Key)), .. _claims.Select(c => (c.Scope, c.Key))];
        return !releases.Any(r => here.Contains((r.Scope, r.Key))) && !claims.Any(c => here.Contains((c.Scope, c.Key)));
    }

    private static bool Follows(in StreamAppend earlier, in StreamAppend later) => earlier.ExpectedVersion == ExpectedVersion.Any
        ? later.ExpectedVersion == ExpectedVersion.Any
        : later.ExpectedVersion == earlier.ExpectedVersion + earlier.Messages.Count;

    /// <summary>Only a plain change of what is here already is one with it: what is made or deleted twice goes in two commits.</summary>
    private static bool Follows(in DocumentWrite earlier, in DocumentWrite later) =>
        earlier.Generation == later.Generation && earlier.Body is not null && later.Body is not null
        && (later.ExpectedVersion == earlier.Version || (later.ExpectedVersion == earlier.ExpectedVersion && later.ExpectedVersion == ExpectedDocument.Older));

    private void Add(in StreamAppend append)
    {
        if (_streams.TryGetValue(append.Stream, out var index))
        {
            _appends[index] = _appends[index] with { Messages = [.. _appends[index].Messages, .. append.Messages] };
            return;
        }

        _streams[append.Stream] = _appends.Count;
        _appends.Add(append);
    }

    private void Add(in DocumentWrite write)
    {
        var address = (write.Collection, write.Key);
        if (_addresses.TryGetValue(address, out var index))
        {
            _documents[index] = write with { ExpectedVersion = _documents[index].ExpectedVersion };
            return;
        }

        _addresses[address] = _documents.Count;
        _documents.Add(write);
        _collections.Add(write.Collection);
    }
}
