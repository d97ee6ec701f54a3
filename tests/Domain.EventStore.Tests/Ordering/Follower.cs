using Protean.Storage;

namespace Protean.EventStore.Tests.Ordering;

/// <summary>Reads the log from its beginning as it grows, as every subscription does.</summary>
internal sealed class Follower(IEventStore store, int pageSize)
{
    private readonly List<Guid> _seen = [];
    private long _position;

    /// <summary>What it has met, in order.</summary>
    public IReadOnlyList<Guid> Seen => _seen;

    /// <summary>A message that stood at or below one that was met before it; none if all is well.</summary>
    public string? OutOfOrder { get; private set; }

    /// <summary>Follows until it is told to stop, and then to the end.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            var stopping = stop.IsCancellationRequested;
            var page = await store.ReadLogAsync(new() { After = _position, MaxCount = pageSize }, CancellationToken.None);
            foreach (var message in page.Messages)
                Meet(message);
            _position = page.ScannedTo;
            if (page.ScannedTo < page.Head)
                continue;
            if (stopping)
                return;
            try
            {
                await store.WaitForAppendAsync(_position, stop);
            }
            catch (OperationCanceledException)
            {
                // Everything is written: once more to the end.
            }
        }
    }

    private void Meet(StoredMessage message)
    {
        if (message.GlobalPosition <= _position)
            OutOfOrder ??= $"{message.GlobalPosition} came after {_position}";
        _position = message.GlobalPosition;
        _seen.Add(message.Id);
    }
}
