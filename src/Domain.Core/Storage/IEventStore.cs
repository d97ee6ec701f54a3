namespace Protean.Storage;

/// <summary>
/// Where messages, documents and progress stand. One write, few reads. Order is commit order: a reader that has seen a global position
/// never later meets a lower one.
/// </summary>
public interface IEventStore : IAsyncDisposable
{
    /// <summary>What the store is called in logs and messages, such as <c>in-memory</c> or <c>PostgreSQL</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Whether processes that share the store gain from handling messages side by side. If not, one of them handles everything and the others stand by.
    /// </summary>
    bool SharesWork => true;

    /// <summary>Makes the store ready for a domain: schema, collections and indexes. Called once by each domain before anything else; safe to repeat.</summary>
    /// <exception cref="ArgumentException">A name in the definition cannot be used.</exception>
    ValueTask InitializeAsync(StoreDefinition definition, CancellationToken cancellationToken = default);

    /// <summary>Writes all of a commit, or nothing.</summary>
    /// <exception cref="ArgumentException">Something in the commit can never be written (see <see cref="CommitValidation"/>).</exception>
    /// <exception cref="CommitRefusedException">Something was not as expected; the exception names it, and nothing was written.</exception>
    /// <exception cref="StoreUnavailableException">The store could not be used, and nothing was written. Every other member throws it too.</exception>
    /// <exception cref="CommitOutcomeUnknownException">The store was lost while it took the commit, and could not be asked what became of it.</exception>
    ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken = default);

    /// <summary>Reads one stream.</summary>
    ValueTask<StreamPage> ReadStreamAsync(StreamRead read, CancellationToken cancellationToken = default);

    /// <summary>Reads categories, or the whole log.</summary>
    ValueTask<LogPage> ReadLogAsync(LogRead read, CancellationToken cancellationToken = default);

    /// <summary>Finds a message by its id.</summary>
    ValueTask<StoredMessage?> FindMessageAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Reads the messages that share a correlation id, in the order of their global positions, archived ones included.</summary>
    ValueTask<LogPage> ReadCorrelationAsync(string correlationId, long after, int maxCount, CancellationToken cancellationToken = default);

    /// <summary>The last global position; 0 for an empty store.</summary>
    ValueTask<long> GetHeadAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// The global position after which reading begins so that every message that happened at a time or later is read: just before the first
    /// of them in the log; the head if there is none. Times do not have to grow with positions, so older messages can follow.
    /// </summary>
    ValueTask<long> FindStartAsync(DateTimeOffset from, CancellationToken cancellationToken = default);

    /// <summary>Completes, with the head, when the log reaches beyond a position.</summary>
    ValueTask<long> WaitForAppendAsync(long after, CancellationToken cancellationToken = default);

    /// <summary>Loads one document.</summary>
    ValueTask<StoredDocument?> LoadDocumentAsync(DocumentAddress address, CancellationToken cancellationToken = default);

    /// <summary>Loads several documents in one consistent read.</summary>
    /// <returns>A document, or nothing, for each address, in their order.</returns>
    ValueTask<IReadOnlyList<StoredDocument?>> LoadDocumentsAsync(IReadOnlyList<DocumentAddress> addresses, CancellationToken cancellationToken = default);

    /// <summary>Finds documents.</summary>
    ValueTask<IReadOnlyList<StoredDocument>> QueryDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default);

    /// <summary>Counts documents; order and paging of the query do not matter.</summary>
    ValueTask<long> CountDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default);

    /// <summary>The generations of a collection.</summary>
    ValueTask<CollectionGenerations> GetGenerationsAsync(string collection, CancellationToken cancellationToken = default);

    /// <summary>Reads one checkpoint.</summary>
    ValueTask<Checkpoint?> GetCheckpointAsync(CheckpointKey key, CancellationToken cancellationToken = default);

    /// <summary>Reads the checkpoints of one name, or all, ordered by name and partition.</summary>
    ValueTask<IReadOnlyList<Checkpoint>> ListCheckpointsAsync(string? name = null, CancellationToken cancellationToken = default);

    /// <summary>Says that a node is alive, and returns all nodes that were heard of and have not signed off, ordered by name.</summary>
    ValueTask<IReadOnlyList<NodeStatus>> HeartbeatAsync(Heartbeat heartbeat, CancellationToken cancellationToken = default);

    /// <summary>Finds failure records.</summary>
    ValueTask<IReadOnlyList<FailureRecord>> QueryFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default);

    /// <summary>Counts failure records; paging of the query does not matter.</summary>
    ValueTask<long> CountFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default);

    /// <summary>Removes the failure records that match; paging of the query does not matter.</summary>
    /// <returns>How many there were.</returns>
    ValueTask<long> PurgeFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default);

    /// <summary>Reads an idempotency key.</summary>
    ValueTask<ClaimedKey?> GetKeyAsync(string scope, string key, CancellationToken cancellationToken = default);

    /// <summary>Forgets the keys and commit ids that were claimed before a time.</summary>
    /// <returns>How many keys and ids there were.</returns>
    ValueTask<long> PurgeKeysAsync(DateTimeOffset before, CancellationToken cancellationToken = default);

    /// <summary>Reads the marks of a handler after a global position and up to another, both in order of position and method.</summary>
    ValueTask<IReadOnlyList<HandledMark>> GetMarksAsync(string handler, long after, long upTo, CancellationToken cancellationToken = default);

    /// <summary>
    /// Forgets the marks of a handler up to a global position, and remembers that position as a floor: everything up to it counts as handled,
    /// so that a mark at or below it is refused as one that is there. The floor never goes down.
    /// </summary>
    ValueTask PurgeMarksAsync(string handler, long upTo, CancellationToken cancellationToken = default);

    /// <summary>Removes the messages of a stream before a position and puts a baseline in place of the message at that position.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="position">The position whose message the baseline replaces; it keeps its positions in stream and log.</param>
    /// <param name="baseline">A message of kind <see cref="MessageKind.Baseline"/>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>How many messages were removed, the replaced one not counted.</returns>
    /// <exception cref="ConcurrencyException">The stream has no message at the position.</exception>
    ValueTask<long> TruncateStreamAsync(StreamName stream, long position, NewMessage baseline, CancellationToken cancellationToken = default);

    /// <summary>Closes a stream with a last message. Its messages no longer show in reads of the log, and nothing can be appended.</summary>
    /// <exception cref="CommitRefusedException">The stream is not at the expected version, or is closed already.</exception>
    ValueTask<CommitResult> ArchiveStreamAsync(StreamName stream, long expectedVersion, NewMessage tombstone, CancellationToken cancellationToken = default);

    /// <summary>What a stream looks like; nothing for a stream without messages.</summary>
    ValueTask<StreamStatistics?> GetStreamStatisticsAsync(StreamName stream, CancellationToken cancellationToken = default);

    /// <summary>What the streams of a category look like, archived ones included, ordered by name.</summary>
    /// <param name="category">The category.</param>
    /// <param name="after">Only streams whose whole name comes after this one; none begins with the first.</param>
    /// <param name="take">The most streams to return: 1 or more.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    ValueTask<IReadOnlyList<StreamStatistics>> ListStreamsAsync(string category, string? after, int take, CancellationToken cancellationToken = default);

    /// <summary>What the categories look like, ordered by name.</summary>
    ValueTask<IReadOnlyList<CategoryStatistics>> ListCategoriesAsync(CancellationToken cancellationToken = default);

    /// <summary>Looks through the whole store for what cannot be right. Writes nothing, and lets others write meanwhile.</summary>
    IAsyncEnumerable<StoreFinding> VerifyAsync(IReadOnlyList<SnapshotCollection> snapshots, CancellationToken cancellationToken = default);
}
