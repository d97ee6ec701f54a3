namespace Protean;

/// <summary>Lets one caller at a time through for each key.</summary>
internal sealed class KeyedLock
{
    private readonly Dictionary<string, (SemaphoreSlim Gate, int Users)> _gates = [];

    public async ValueTask<IDisposable> EnterAsync(string key, CancellationToken cancellationToken)
    {
        SemaphoreSlim gate;
        lock (_gates)
        {
            var entry = _gates.GetValueOrDefault(key, (new SemaphoreSlim(1, 1), 0));
            gate = entry.Item1;
            _gates[key] = (gate, entry.Item2 + 1);
        }

        try
        {
            await HandlerSlot.WaitAsync(gate.WaitAsync(cancellationToken)).ConfigureAwait(false);
            return new Turn(this, key);
        }
        catch
        {
            Leave(key);
            throw;
        }
    }

    private void Leave(string key)
    {
        lock (_gates)
        {
            var (gate, users) = _gates[key];
            if (users == 1)
                _gates.Remove(key);
            else
                _gates[key] = (gate, users - 1);
        }
    }

    private sealed class Turn(KeyedLock owner, string key) : IDisposable
    {
        private bool _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, true))
                return;
            lock (owner._gates)
                owner._gates[key].Gate.Release();
            owner.Leave(key);
        }
    }
}
