using Protean.Storage;

namespace Protean.Testing;

/// <summary>Takes stored messages to the handlers of the Engine, one by one in the order of the log, until there are no more.</summary>
internal sealed class Drain(Domain domain, MessageDelivery delivery, Action<TestFailure> failed) : IDisposable
{
    private const int LongestChain = 1000;

    private static readonly AsyncLocal<Drain?> Running = new();

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<Guid, int> _depths = [];
    private long _drainedTo;
    private int _nextHandler;

    /// <summary>Delivers until nothing is pending. Those who call it at the same time take turns.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (Running.Value == this)
            throw new InvalidOperationException("A handler drains the domain it belongs to, which would wait for itself: leave that to the test.");
        await domain.StartAsync(cancellationToken).ConfigureAwait(false);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Running.Value = this;
            await DeliverAllAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Whether there is a message that has not been delivered.</summary>
    public async ValueTask<bool> HasPendingAsync() =>
        (await domain.Store.ReadLogAsync(new() { After = _drainedTo, MaxCount = 1 }).ConfigureAwait(false)).Messages.Count > 0;

    public void Dispose() => _turn.Dispose();

    private async Task DeliverAllAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await domain.Store.ReadLogAsync(new() { After = _drainedTo, MaxCount = 100 }, cancellationToken).ConfigureAwait(false);
            if (page.Messages.Count == 0)
                return;
            foreach (var message in page.Messages)
            {
                RefuseEndlessChain(message);
                await DeliverAsync(message, cancellationToken).ConfigureAwait(false);
                _drainedTo = message.GlobalPosition;
                _nextHandler = 0;
            }
        }
    }

    private async Task DeliverAsync(StoredMessage message, CancellationToken cancellationToken)
    {
        if (message.Kind == MessageKind.Command)
        {
            if (await delivery.HandleCommandAsync(message, cancellationToken).ConfigureAwait(false) is { } command)
                failed(TestFailure.Of(command));
            return;
        }

        // Cancelled in between, the next drain goes on with the handler that was not done.
        for (; _nextHandler < domain.Model.EventHandlers.Count; _nextHandler++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var handler = domain.Model.EventHandlers[_nextHandler];
            if (!delivery.Wants(handler, message))
                continue;
            foreach (var failure in await delivery.HandleAsync(handler, message, cancellationToken).ConfigureAwait(false))
                failed(TestFailure.Of(failure));
        }
    }

    private void RefuseEndlessChain(StoredMessage message)
    {
        var depth = message.Metadata.CausationId is { } cause ? _depths.GetValueOrDefault(cause) + 1 : 0;
        if (depth > LongestChain)
            throw new InvalidOperationException($"{message.Type} follows from {LongestChain} messages in a row: handlers raise events that lead back to them, so the drain would never end. Break the loop. The last message is in {message.Stream}.");
        _depths[message.Id] = depth;
    }
}
