using Protean.Brokers;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>
/// Brings the messages of one handler to the broker, chosen and cut for it, in the order of the log. Each says after which position it is the next one, so that whoever gets it knows
/// whether something is missing: the log has it.
/// </summary>
internal sealed class StreamRelay : Subscription
{
    /// <summary>What its name ends with.</summary>
    public const string Suffix = ":stream";

    private const int PageSize = 500;

    private static readonly TimeSpan LayoutAge = TimeSpan.FromSeconds(1);

    private readonly Subscription _handler;
    private readonly IBroker _broker;
    private readonly Dictionary<int, long> _last = [];
    private StreamTopology? _topology;
    private PartitionCut _cut;
    private MessageReader _reader;
    private string? _mark;
    private int _partitions;
    private long _publishedTo;
    private DateTimeOffset _layoutReadAt;

    public StreamRelay(EngineContext engine, Subscription handler)
        : base(engine, handler.Name + Suffix, handler.ShortName + Suffix, SettingsOf(handler.Settings), new() { StartFrom = StartFrom.Now })
    {
        _handler = handler;
        _broker = engine.Domain.Broker!;
        _cut = handler.Cut;
        _reader = new(engine, _cut);
    }

    public override IReadOnlyList<string>? Categories => _handler.Categories;

    public override MessageKind Kinds => _handler.Kinds;

    public override IReadOnlyList<string>? Types => _handler.Types;

    public override string? Source => _handler.Source;

    public override string? NewMark => StreamTopology.NewMark();

    public override bool Wants(StoredMessage message) => _handler.Wants(message);

    /// <summary>What tells the messages of a handler in this store from those in another: it was made with the relay.</summary>
    public static async ValueTask<string> MarkAsync(EngineContext engine, Subscription handler, CancellationToken cancellationToken) =>
        (await SubscriptionLayout.FindAsync(engine.Store, handler.Name + Suffix, cancellationToken).ConfigureAwait(false))?.Mark ?? "unmarked";

    /// <summary>Begins anew: what another node has published meanwhile is not known here.</summary>
    public override IPartitionFeed Feed(PartitionLease lease, PartitionCut cut, int partitions, long upTo)
    {
        _last.Clear();
        _topology = null;
        _publishedTo = 0;
        return base.Feed(lease, cut, partitions, upTo);
    }

    /// <summary>Publishes what is to be passed next.</summary>
    /// <exception cref="BrokerAwayException">Nothing can be published now.</exception>
    public override async ValueTask PrepareAsync(IReadOnlyList<StoredMessage> messages, long after, int partition, Parking parking, CancellationToken cancellationToken)
    {
        var topology = await TopologyAsync(cancellationToken).ConfigureAwait(false);
        List<BrokerMessage> batch = new(Math.Min(messages.Count, PageSize));
        foreach (var message in messages)
        {
            if (message.GlobalPosition <= _publishedTo)
            {
                _last[PartitionOf(message)] = message.GlobalPosition;
                continue;
            }

            batch.Add(Envelope(message, after, topology));
            if (batch.Count == PageSize)
                await PublishAsync(batch, message.GlobalPosition, cancellationToken).ConfigureAwait(false);
        }

        if (batch.Count > 0)
            await PublishAsync(batch, messages[^1].GlobalPosition, cancellationToken).ConfigureAwait(false);
    }

    protected override bool Listens(StoredMessage message) => _handler.Wants(message);

    protected override Call[] Find(string type) => [];

    private static DeliverySettings SettingsOf(DeliverySettings handler) =>
        handler with { Partitions = 1, MessagesPerCommit = PageSize, PositionUpdateInterval = PageSize, TimeLimit = null, TransientRetries = 0 };

    private BrokerMessage Envelope(StoredMessage message, long after, StreamTopology topology)
    {
        var to = PartitionOf(message);
        // A batch that the broker did not take is put together again, and its messages are none that come before it.
        var last = _last.TryGetValue(to, out var known) && known < message.GlobalPosition ? known : after;
        _last[to] = message.GlobalPosition;
        return StreamEnvelope.Write(new(message, last, topology.Filter), topology, to);
    }

    private int PartitionOf(StoredMessage message)
    {
        if (_cut.PartitionOf(message, _partitions) is { } partition)
            return partition;
        _ = _reader.Read(message, out var key, out _);
        return StreamName.StableHash(key) % _partitions;
    }

    private async ValueTask PublishAsync(List<BrokerMessage> batch, long to, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var refusal in await _broker.PublishAsync(batch, cancellationToken).ConfigureAwait(false))
                Engine.Log.NotStreamed(_handler.ShortName, batch[refusal.Index].Id, refusal.Reason);
            _publishedTo = to;
            batch.Clear();
        }
        catch (BrokerUnavailableException error)
        {
            // Which of them have come is not known, and what follows them is told from what came before them.
            _last.Clear();
            throw new BrokerAwayException(error);
        }
    }

    /// <summary>As the handler is cut now: that can change while this program runs.</summary>
    private async ValueTask<StreamTopology> TopologyAsync(CancellationToken cancellationToken)
    {
        var now = Engine.Time.GetUtcNow();
        if (_topology is { } known && now - _layoutReadAt < LayoutAge)
            return known;
        var layout = await SubscriptionLayout.FindAsync(Engine.Store, _handler.Name, cancellationToken).ConfigureAwait(false);
        _layoutReadAt = now;
        var cut = layout?.Cut is { } description ? PartitionCut.Read(description, _handler.Declaration, Engine.Domain.Model.Types) ?? _handler.Cut : _handler.Cut;
        var partitions = Math.Min(layout?.Count ?? _handler.Settings.Partitions, BrokerGroup.Slots);
        if (_topology is { } same && cut.Description == _cut.Description && partitions == _partitions)
            return same;
        // Nothing goes the former way any more, even if the new one cannot be declared at once.
        _topology = null;
        (_cut, _partitions, _reader) = (cut, partitions, new(Engine, cut));
        _last.Clear();
        _mark ??= await MarkAsync(Engine, _handler, cancellationToken).ConfigureAwait(false);
        // What the handler has handled meanwhile, from the store, nobody needs from the broker.
        _publishedTo = Math.Max(_publishedTo, layout?.Partitions.Min(p => p.Position) ?? 0);
        var topology = StreamTopology.Of(Engine, _handler, cut, partitions, _mark);
        await DeclareAsync(topology, cancellationToken).ConfigureAwait(false);
        return _topology = topology;
    }

    /// <summary>So that nothing is dropped which is published before the handler listens.</summary>
    private async ValueTask DeclareAsync(StreamTopology topology, CancellationToken cancellationToken)
    {
        try
        {
            await _broker.DeclareAsync(topology.Group, cancellationToken).ConfigureAwait(false);
        }
        catch (BrokerUnavailableException error)
        {
            throw new BrokerAwayException(error);
        }
    }
}
