namespace Protean;

/// <summary>How many inline handlers may run at once, less those that do.</summary>
internal sealed class HandlerSlots(int count) : SemaphoreSlim(count, count);

/// <summary>
/// The place of one running handler. While the handler waits for the handlers of a call that it makes itself, in whichever domain, or for its turn behind
/// others, the place is lent: otherwise handlers could wait for each other's places without an end.
/// </summary>
internal sealed class HandlerSlot(Domain domain, HandlerSlots slots)
{
    private static readonly AsyncLocal<HandlerSlot?> Ambient = new();

    private readonly Lock _gate = new();
    private int _borrowers;
    private bool _held = true;
    private bool _ended;

    /// <summary>The place of the handler that runs here. Set in an async method, it is forgotten when that returns.</summary>
    public static HandlerSlot? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }

    public HandlerSlots Slots => slots;

    /// <summary>Waits for something that other handlers may have to end for. The place of the handler that runs here is lent meanwhile.</summary>
    public static ValueTask WaitAsync(Task waiting) =>
        !waiting.IsCompleted && Current is { } slot ? slot.LendWhileAsync(waiting) : new(waiting);

    public bool IsOf(Domain other) => ReferenceEquals(domain, other);

    public void Lend()
    {
        lock (_gate)
        {
            _borrowers++;
            Give();
        }
    }

    /// <summary>Waits for a place again, unless others still borrow it: they may run beside each other.</summary>
    public async ValueTask TakeBackAsync()
    {
        lock (_gate)
        {
            _borrowers--;
            if (!Wants())
                return;
        }

        await slots.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        lock (_gate)
        {
            if (Wants())
                _held = true;
            else
                slots.Release();
        }
    }

    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            Give();
        }
    }

    private async ValueTask LendWhileAsync(Task waiting)
    {
        Lend();
        try
        {
            await waiting.ConfigureAwait(false);
        }
        finally
        {
            await TakeBackAsync().ConfigureAwait(false);
        }
    }

    private bool Wants() => _borrowers == 0 && !_held && !_ended;

    private void Give()
    {
        if (!_held)
            return;
        _held = false;
        slots.Release();
    }
}
