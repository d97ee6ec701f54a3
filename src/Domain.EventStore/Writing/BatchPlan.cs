using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Protean.EventStore.Schema;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>
/// Turns commits into the statements of one transaction: the lock first, then everything under a condition, all in one write to the server.
/// Belongs to one connection and is filled anew for every batch.
/// </summary>
internal sealed class BatchPlan
{
    private readonly CollectionTables _collections;
    private readonly string _schema;
    private readonly NpgsqlBatchCommand _lock;
    private readonly NpgsqlBatchCommand _lockForMessages;
    private readonly NpgsqlBatchCommand _mark;
    private readonly NpgsqlParameter<Guid> _markId;
    private readonly CommitIdSection _ids;
    private readonly AppendSection _appends;
    private readonly Dictionary<string, DocumentSection> _documents = [];
    private readonly Section[] _progress;
    private readonly BatchCommands _commands = new();

    public BatchPlan(CollectionTables collections, string schema, TimeSpan lockTimeout)
    {
        _collections = collections;
        _schema = schema;
        // Whatever statistics say, every statement of a batch finds its rows through indexes: a plan made while a table was small must not
        // read all of it when it has grown.
        _lock = Lock(schema, lockTimeout, "set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),");
        _lockForMessages = Lock(schema, lockTimeout);
        _mark = new($"insert into {schema}.batches (id, head) select $1, coalesce(max(global_position), 0) from {schema}.messages returning head");
        _markId = new() { NpgsqlDbType = NpgsqlDbType.Uuid };
        _mark.Parameters.Add(_markId);
        _ids = new(schema);
        _appends = new(schema);
        _progress = [new LeaseSection(schema), new CheckpointSection(schema), new FailureSection(schema), new KeySection(schema)];
    }

    public string Schema => _schema;

    /// <summary>Fills the plan with the commits of a batch.</summary>
    /// <param name="commits">The commits, in the order of their positions.</param>
    /// <param name="batch">The id under which this try can be given up.</param>
    /// <param name="manner">In which manner.</param>
    public BatchCommands Fill(IReadOnlyList<Commit> commits, Guid batch, Manner manner)
    {
        Clear();
        _appends.Start(manner.HasFlag(Manner.Careful));
        for (var member = 0; member < commits.Count; member++)
            Add(commits[member], member, manner.HasFlag(Manner.DeletesFirst));

        var isOfMessages = IsToldByItsMessages(commits);
        _commands.Add(isOfMessages ? _lockForMessages : _lock, Answer.Ignored);
        _ids.AddChecksTo(_commands);
        _appends.Batch = batch;
        _markId.TypedValue = batch;
        if (!isOfMessages)
            _commands.Add(_mark, Answer.Head);
        _appends.AddTo(_commands);
        foreach (var section in _documents.Values)
            section.AddTo(_commands);
        foreach (var section in _progress)
            section.AddTo(_commands);
        _ids.AddTo(_commands);
        return _commands;
    }

    /// <summary>
    /// Whether a batch is nothing but messages, so that these tell whether it was written. Of any other they do not: one of them can have been
    /// there before, and the batch refused for it. It leaves a row of its own.
    /// </summary>
    public static bool IsToldByItsMessages(IReadOnlyList<Commit> commits)
    {
        for (var i = 0; i < commits.Count; i++)
        {
            var commit = commits[i];
            if (commit.Appends.Count == 0 || commit.Id is not null || commit.Documents.Count > 0 || commit.Generations.Count > 0 || commit.Checkpoints.Count > 0
                || commit.Leases.Count > 0 || commit.FailurePurges.Count > 0 || commit.Failures.Count > 0 || commit.KeyReleases.Count > 0 || commit.Keys.Count > 0
                || commit.Marks.Count > 0 || commit.MarkPurges.Count > 0 || commit.UserWork.Count > 0)
            {
                return false;
            }
        }

        return true;
    }

    private static NpgsqlBatchCommand Lock(string schema, TimeSpan timeout, string settings = "") => new(string.Create(CultureInfo.InvariantCulture, $"""
        select set_config('lock_timeout', '{(long)timeout.TotalMilliseconds}ms', true), set_config('enable_seqscan', 'off', true), {settings}
               set_config('plan_cache_mode', 'force_generic_plan', true), pg_advisory_xact_lock({AdvisoryKey.ForAppends(schema)})
        """));

    private void Clear()
    {
        _commands.Clear();
        _ids.Clear();
        foreach (var section in _documents.Values)
            section.Clear();
        foreach (var section in _progress)
            section.Clear();
    }

    private void Add(Commit commit, int member, bool deletesFirst)
    {
        _ids.Add(commit, member);
        _appends.Add(commit, member);
        for (var i = 0; i < commit.Documents.Count; i++)
        {
            // Each section takes all documents of its collection, the first time the collection is met.
            if (IsFirstOfItsCollection(commit, i))
                SectionOf(commit.Documents[i].Collection, deletesFirst).Add(commit, member);
        }

        foreach (var section in _progress)
            section.Add(commit, member);
    }

    private static bool IsFirstOfItsCollection(Commit commit, int index)
    {
        for (var i = 0; i < index; i++)
        {
            if (commit.Documents[i].Collection == commit.Documents[index].Collection)
                return false;
        }

        return true;
    }

    private DocumentSection SectionOf(string collection, bool deletesFirst)
    {
        if (!_documents.TryGetValue(collection, out var section))
            _documents.Add(collection, section = new(_collections.Get(collection)));
        section.DeletesFirst = deletesFirst;
        return section;
    }
}
