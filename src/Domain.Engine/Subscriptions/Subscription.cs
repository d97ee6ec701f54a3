using System.Collections.Concurrent;
using Polly;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>A handler and its set of categories, with one order, cut into partitions.</summary>
internal abstract class Subscription(EngineContext engine, string name, string shortName, DeliverySettings settings, DeliveryDeclaration declaration)
{
    private readonly ConcurrentDictionary<string, Call[]> _calls = new();

    /// <summary>The durable name: what progress and failures are kept under.</summary>
    public string Name => name;

    /// <summary>The name as it was given, for people.</summary>
    public string ShortName => shortName;

    public DeliverySettings Settings => settings;

    public DeliveryDeclaration Declaration => declaration;

    /// <summary>Where it begins that has no position yet. What inline handlers have done before they were durable is not done again.</summary>
    public StartFrom Start => declaration.StartFrom ?? (IsSafetyNet ? StartFrom.Now : StartFrom.Beginning);

    /// <summary>What wraps each call; nothing if nobody asked for it.</summary>
    public ResiliencePipeline? Pipeline { get; } = CallPipeline.Build(settings, declaration, engine.Time);

    /// <summary>The categories it reads; none is the whole log.</summary>
    public abstract IReadOnlyList<string>? Categories { get; }

    public abstract MessageKind Kinds { get; }

    /// <summary>The names of the types it wants; none is all.</summary>
    public abstract IReadOnlyList<string>? Types { get; }

    public virtual string? Source => null;

    /// <summary>How a message is handled again when somebody else changed what it worked on.</summary>
    public virtual ConflictRetry Retry => ConflictRetry.Default;

    public virtual IReadOnlyList<string> FormerNames => [];

    /// <summary>Its name and those it had: what somebody has done under one of them is done.</summary>
    public virtual IReadOnlyList<string> Names { get; } = [name];

    /// <summary>Whether messages are handled inline as a rule, and here only those that were not.</summary>
    public virtual bool IsSafetyNet => false;

    /// <summary>The type of the documents it keeps, if it is a projection.</summary>
    public virtual ViewModel? View => null;

    /// <summary>The version of the projection; 1 for other handlers.</summary>
    public int Version => View?.Version ?? 1;

    /// <summary>What is to tell it, in this store, from the same in another; nothing if that does not matter.</summary>
    public virtual string? NewMark => null;

    /// <summary>What tells the partition of a message.</summary>
    public PartitionCut Cut { get; } = PartitionCut.Of(declaration, engine.Domain.Model.Types);

    protected EngineContext Engine => engine;

    /// <summary>Whether there is something to do about a message.</summary>
    public virtual bool Wants(StoredMessage message) => Listens(message) && CallsFor(message).Length > 0;

    public Call[] CallsFor(StoredMessage message) =>
        _calls.TryGetValue(message.Type, out var calls) ? calls : _calls.GetOrAdd(message.Type, Find(message.Type));

    /// <summary>Asks the store for what a partition wants.</summary>
    /// <param name="after">The position after which to read.</param>
    /// <param name="maxCount">The most messages.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="partitions">Into how many the subscription is cut.</param>
    /// <param name="cut">What it is cut by; none is what the handler declares.</param>
    public LogRead Read(long after, int maxCount, int partition, int partitions, string? cut = null) => new()
    {
        After = after,
        MaxCount = maxCount,
        Categories = Categories,
        Types = Types,
        Kinds = Kinds,
        Source = Source,
        Partition = partitions > 1 && (cut ?? Cut.Description) == PartitionCut.ByStream ? new(partition, partitions) : null,
    };

    /// <summary>Where a partition gets its messages from.</summary>
    /// <param name="lease">The partition.</param>
    /// <param name="cut">What the subscription is cut by.</param>
    /// <param name="partitions">Into how many partitions.</param>
    /// <param name="upTo">The last position to handle.</param>
    public virtual IPartitionFeed Feed(PartitionLease lease, PartitionCut cut, int partitions, long upTo) =>
        new PartitionReader(engine, this, cut, lease.Key.Partition, partitions);

    /// <summary>Does for many messages at once what can be done before they are handled one by one.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="after">The position after which they were read: nothing wanted lies between.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="parking">What waits behind failures.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public virtual ValueTask PrepareAsync(IReadOnlyList<StoredMessage> messages, long after, int partition, Parking parking, CancellationToken cancellationToken) => default;

    /// <summary>Tells those who wait for commands that these are handled.</summary>
    public void Announce(Gathered effects)
    {
        foreach (var command in effects.Commands)
            engine.Domain.Outcomes.Announce(command);
    }

    /// <summary>Publishes what was to be published with it, and runs the inline handlers of what is stored. What they fail on is logged, and is no failure of the handler that has raised it.</summary>
    public async Task DispatchAsync(Gathered effects, Commit commit, CommitResult result, CancellationToken cancellationToken)
    {
        foreach (var draft in effects.Drafts)
        {
            try
            {
                if (draft.Published.Count > 0)
                    await engine.Domain.Published.PublishAsync(draft.Published).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
                await engine.Domain.Inline.DispatchAsync(draft.Located(commit, result), 0, null, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                engine.Log.InlineHandlersFailed(error, shortName);
            }
        }
    }

    /// <summary>Whether a message is of its categories, kinds and source.</summary>
    protected abstract bool Listens(StoredMessage message);

    protected abstract Call[] Find(string type);
}

/// <summary>Delivers to an event handler or a projection.</summary>
internal sealed class EventSubscription : Subscription
{
    private readonly EventHandlerModel _handler;

    public EventSubscription(EngineContext engine, EventHandlerModel handler, DeliverySettings settings)
        // The marks of a safety net are kept for the handler as a whole, whatever server and profiles say of partitions.
        : base(engine, handler.DurableName, handler.Name, handler.IsDurable ? settings with { Partitions = 1 } : settings, handler.Delivery)
    {
        _handler = handler;
        var types = engine.Domain.Model.Types;
        Categories = handler.Categories.Contains(StreamName.All) ? null : handler.Categories;
        Types = handler.HandlesAny ? null : [.. types.All.Where(t => handler.Handlers(t.ClrType).Length > 0).SelectMany(t => types.NamesOf(t.ClrType)).Order(StringComparer.Ordinal)];
    }

    public override IReadOnlyList<string>? Categories { get; }

    public override MessageKind Kinds => MessageDelivery.Delivered;

    public override IReadOnlyList<string>? Types { get; }

    public override string? Source => _handler.SourceStream;

    public override ConflictRetry Retry => _handler.Retry;

    public override IReadOnlyList<string> FormerNames => _handler.FormerDurableNames;

    public override IReadOnlyList<string> Names => _handler.DurableNames;

    public override bool IsSafetyNet => _handler.IsDurable;

    public override ViewModel? View => _handler.View;

    /// <summary>What is to be brought to one position beside others is read from the log.</summary>
    public override IPartitionFeed Feed(PartitionLease lease, PartitionCut cut, int partitions, long upTo) =>
        Settings.IsStream && upTo == long.MaxValue ? new StreamFeed(Engine, this, lease, cut, partitions) : base.Feed(lease, cut, partitions, upTo);

    protected override bool Listens(StoredMessage message) => (message.Kind & Kinds) != 0 && _handler.Listens(message.Stream.Category, message.Metadata);

    protected override Call[] Find(string type) => Engine.Domain.Model.Types.TryFind(type, out var known)
        ? [.. _handler.Handlers(known.ClrType).Select(method => new EventCall(Engine.Domain, _handler, method))]
        : [];
}

/// <summary>Delivers the commands of one category to their handlers, each to its own.</summary>
internal sealed class CommandSubscription(EngineContext engine, string category, string shortName, DeliverySettings settings, DeliveryDeclaration declaration)
    // What has failed may be sent again by its sender, who is told: it is not tried again besides.
    : Subscription(engine, category, shortName, settings with { MaxRetries = 0 }, declaration)
{
    public override IReadOnlyList<string> Categories { get; } = [category];

    public override MessageKind Kinds => MessageKind.Command;

    public override IReadOnlyList<string>? Types => null;

    /// <summary>A command that nobody knows is passed over, but not in silence.</summary>
    public override bool Wants(StoredMessage message) => Listens(message);

    protected override bool Listens(StoredMessage message) => message.Kind == MessageKind.Command && message.Stream.Category == Name;

    protected override Call[] Find(string type)
    {
        if (Engine.Domain.Model.Types.TryFind(type, out var known) && Engine.Domain.Model.Commands.TryGetValue(known.ClrType, out var binding))
            return [new CommandCall(Engine.Delivery, binding, type)];
        return [];
    }
}
