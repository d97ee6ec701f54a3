using Protean.Benchmarks.Load.Floors;

namespace Protean.Benchmarks.Load.Rows;

/// <summary>Counts deposits, one after the other, so that it can be seen that both sides have met the same.</summary>
internal sealed class Deposits
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(5);
    private int _count;
    private decimal _total;

    public void Add(object message)
    {
        if (message is MoneyDeposited deposited)
            _total += deposited.Amount;
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>Waits until so many have come, without asking anybody.</summary>
    public async Task UntilAsync(int count, CancellationToken cancellationToken)
    {
        while (Volatile.Read(ref _count) < count)
            await Task.Delay(_look, cancellationToken);
    }

    public void Check(int count)
    {
        if (_count != count || _total != FilledLog.Total(count))
            throw new InvalidOperationException($"{count} deposits of {FilledLog.Total(count)} were to be met, and {_count} of {_total} were.");
    }
}
