using Protean.Storage;

namespace Protean.Engine;

/// <summary>
/// Gives a partition what the broker brings. The log stays what decides: a message that does not follow what was handled shows that some are missing, and those are read from the
/// store; so is what the log has had for a while and the broker has not brought.
/// </summary>
internal sealed class StreamFeed : IPartitionFeed
{
    private const int SliceSize = 256;
    private const int PageSize = 1000;

    /// <summary>How long the broker may take for what the log has.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly EngineContext _engine;
    private readonly Subscription _subscription;
    private readonly PartitionCut _cut;
    private readonly int _partition;
    private readonly int _partitions;
    private readonly MessageReader _reader;
    private readonly List<StreamedMessage> _brought = [];
    private readonly List<StoredMessage> _slice = [];
    private (long After, DateTimeOffset Since)? _missed;
    private Task _arrival = Task.CompletedTask;
    private long _countedTo;
    private bool _reads;
    private bool _hasBrought;
    private long _head;
    private long _seenFrom;
    private string _filter = "";
    private StreamInflow? _inflow;

    public StreamFeed(EngineContext engine, Subscription subscription, PartitionLease lease, PartitionCut cut, int partitions)
    {
        _engine = engine;
        _subscription = subscription;
        _cut = cut;
        _partition = lease.Key.Partition;
        _partitions = partitions;
        _reader = new(engine, cut);
        // What stood in the log before a handler was there is nowhere else.
        _reads = lease.Position == 0;
    }

    public bool IsBrokerAway => _inflow?.IsAway == true;

    public async ValueTask<(IReadOnlyList<StoredMessage> Messages, long To)> NextAsync(long after, long upTo, CancellationToken cancellationToken)
    {
        var inflow = _inflow ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
        _arrival = inflow.NextAsync();
        _brought.Clear();
        _slice.Clear();
        inflow.CopyAfter(after, SliceSize, _brought);
        await RejectOthersAsync(inflow, cancellationToken).ConfigureAwait(false);
        // After that: what could not be compared lies before it.
        _seenFrom = _engine.Tail.From;
        if (_brought.Count == 0)
            return await WithoutBrokerAsync(after, upTo, cancellationToken).ConfigureAwait(false);
        if (!IsToldFor(_brought[0]))
            return await ReadAsync(after, _brought[0].Message.GlobalPosition, cancellationToken).ConfigureAwait(false);
        if (!Follows(_brought[0], after))
            return await ReadAsync(after, _brought[0].Message.GlobalPosition - 1, cancellationToken).ConfigureAwait(false);
        _missed = null;
        IsBrought();
        var to = after;
        foreach (var streamed in _brought)
        {
            if (!Follows(streamed, to))
                break;
            to = streamed.Message.GlobalPosition;
            _slice.Add(streamed.Message);
        }

        Count(_slice, "broker");
        return (_slice, to);
    }

    public FeedWait? Enlist(long after)
    {
        if (_inflow?.HasAfter(after) != false)
            return null;
        if (_engine.Tail.Enlist(after, Wants, _subscription.Categories) is { } wait)
            return new AtTheEnd(_engine.Tail, wait, _arrival);
        // The log has more, and the broker is to bring it.
        var left = _missed is { } missed ? missed.Since + Patience - _engine.Time.GetUtcNow() : Patience;
        return left > TimeSpan.Zero ? new ForTheBroker(after, _arrival, left, _engine.Time) : null;
    }

    public ValueTask HandledAsync(long committed) => _inflow?.HandledAsync(committed) ?? default;

    public ValueTask DisposeAsync() => _inflow?.DisposeAsync() ?? default;

    private async ValueTask<StreamInflow> OpenAsync(CancellationToken cancellationToken)
    {
        var topology = StreamTopology.Of(_engine, _subscription, _cut, _partitions, await StreamRelay.MarkAsync(_engine, _subscription, cancellationToken).ConfigureAwait(false));
        _filter = topology.Filter;
        return new(_engine, _subscription.ShortName, topology.Group, _partition);
    }

    /// <summary>
    /// Takes out what is not in the log at the place it names: a store that was restored from a backup goes on with positions that messages of the broker have already.
    /// </summary>
    private async ValueTask RejectOthersAsync(StreamInflow inflow, CancellationToken cancellationToken)
    {
        for (var i = _brought.Count - 1; i >= 0; i--)
        {
            var message = _brought[i].Message;
            if (_engine.Tail.Holds(message.GlobalPosition, message.Id) ?? await IsWithinTheLogAsync(message.GlobalPosition, cancellationToken).ConfigureAwait(false))
                continue;
            _engine.Log.OfAnotherLog(_subscription.ShortName, _partition, message.Id, message.GlobalPosition);
            await inflow.RejectAsync(_brought[i]).ConfigureAwait(false);
            _brought.RemoveAt(i);
        }
    }

    /// <summary>The broker may be faster than what this node has seen of the log.</summary>
    private async ValueTask<bool> IsWithinTheLogAsync(long position, CancellationToken cancellationToken)
    {
        if (position > _head)
            _head = await _engine.Store.GetHeadAsync(cancellationToken).ConfigureAwait(false);
        return position <= _head;
    }

    /// <summary>
    /// Whether the broker's word holds. Who has chosen by another filter cannot tell what is for this partition; and what lies before the part of the log that this node has seen may have
    /// come from another log. The store knows both.
    /// </summary>
    private bool IsToldFor(in StreamedMessage streamed) => streamed.Filter == _filter && streamed.Message.GlobalPosition > _seenFrom;

    /// <summary>Whether nothing is missing between a position and a message.</summary>
    private bool Follows(in StreamedMessage streamed, long after) =>
        IsToldFor(streamed) && (streamed.After <= after || streamed.Message.GlobalPosition == after + 1);

    private bool Wants(StoredMessage message) => _subscription.Wants(message) && (_cut.PartitionOf(message, _partitions) ?? _partition) == _partition;

    /// <summary>Reads the payload where only that tells the partition.</summary>
    private bool IsMine(StoredMessage message)
    {
        if (!Wants(message) || !_cut.HasKeys)
            return Wants(message);
        _ = _reader.Read(message, out var key, out _);
        return StreamName.StableHash(key) % _partitions == _partition;
    }

    /// <summary>Moves over what nobody wants, up to what the broker is to bring; if that takes too long, the log gives it.</summary>
    private ValueTask<(IReadOnlyList<StoredMessage> Messages, long To)> WithoutBrokerAsync(long after, long upTo, CancellationToken cancellationToken)
    {
        if (_engine.Tail.TryRead(after, SliceSize, _slice) is not { } to)
            return IsOverdue(after) ? ReadAsync(after, upTo, cancellationToken) : Nothing(after);
        var first = _slice.FindIndex(IsMine);
        if (first < 0)
        {
            _slice.Clear();
            _missed = null;
            _reads = _reads && to > after;
            return new((_slice, Math.Min(to, upTo)));
        }

        if (IsOverdue(after))
        {
            IsMissing(after);
            _slice.RemoveAll(message => message.GlobalPosition > upTo || !IsMine(message));
            Count(_slice, "store");
            return new((_slice, Math.Min(to, upTo)));
        }

        var before = _slice[first].GlobalPosition - 1;
        _slice.Clear();
        return before > after ? new((_slice, before)) : Nothing(after);
    }

    private ValueTask<(IReadOnlyList<StoredMessage> Messages, long To)> Nothing(long after) => new((_slice, after));

    private async ValueTask<(IReadOnlyList<StoredMessage> Messages, long To)> ReadAsync(long after, long upTo, CancellationToken cancellationToken)
    {
        var page = await _engine.Store.ReadLogAsync(
            _subscription.Read(after, PageSize, _partition, _partitions, _cut.Description) with { UpTo = upTo }, cancellationToken).ConfigureAwait(false);
        if (page.Messages.Count > 0)
        {
            IsMissing(after);
            Count([.. page.Messages.Where(IsMine)], "store");
        }

        return (page.Messages, page.Messages.Count < PageSize && upTo < long.MaxValue ? upTo : page.ScannedTo);
    }

    private bool IsOverdue(long after)
    {
        if (_reads || IsBrokerAway)
            return true;
        var now = _engine.Time.GetUtcNow();
        if (_missed is not { } missed || missed.After != after)
        {
            _missed = (after, now);
            return false;
        }

        return _reads = now - missed.Since >= Patience;
    }

    /// <summary>Counts what is given for the first time: after a failure the same is given again.</summary>
    private void Count(List<StoredMessage> messages, string source)
    {
        var counted = 0;
        foreach (var message in messages)
        {
            if (message.GlobalPosition <= _countedTo)
                continue;
            _countedTo = message.GlobalPosition;
            counted++;
        }

        if (counted > 0)
            Telemetry.Streamed.Add(counted, Telemetry.Of(_subscription.ShortName), new("protean.source", source));
    }

    private void IsMissing(long after)
    {
        if (_hasBrought)
            _engine.Log.NotBrought(_subscription.ShortName, _partition, after);
        _hasBrought = false;
    }

    private void IsBrought()
    {
        if (!_hasBrought)
            _engine.Log.Brought(_subscription.ShortName, _partition);
        _hasBrought = true;
        _reads = false;
    }

    /// <summary>Waits at the end of the log, or for what the broker brings before it is seen there.</summary>
    private sealed class AtTheEnd(Tail tail, TailWait wait, Task arrival) : FeedWait
    {
        public override Task Task { get; } = Task.WhenAny(wait.Task, arrival);

        public override long Position => tail.PositionOf(wait);

        public override long Leave()
        {
            var position = tail.Leave(wait);
            // Nothing is to stay with what may arrive much later.
            wait.TrySetResult();
            return position;
        }
    }

    /// <summary>Waits for the broker, for a while.</summary>
    private sealed class ForTheBroker : FeedWait
    {
        private readonly Action _end;

        public ForTheBroker(long after, Task arrival, TimeSpan patience, TimeProvider time)
        {
            var left = new CancellationTokenSource();
            Position = after;
            Task = Task.WhenAny(arrival, Task.Delay(patience, time, left.Token));
            _end = left.Cancel;
        }

        public override Task Task { get; }

        public override long Position { get; }

        public override long Leave()
        {
            _end();
            return Position;
        }
    }
}
