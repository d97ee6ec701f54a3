namespace Protean.Brokers.RabbitMq;

/// <summary>What the server has said of the messages of one batch. The driver's own tracking would make a task for each, and add a header.</summary>
internal sealed class Confirms
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _all = new();
    private ulong _published;
    private bool[] _answered = [];
    private List<int> _refused = [];
    private int _low;
    private int _open;
    private Exception? _lost;

    /// <summary>How many answers are missing.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
                return _open;
        }
    }

    /// <summary>Expects answers to the next so many messages.</summary>
    /// <returns>Completes with the last of them.</returns>
    public Task Begin(int count)
    {
        lock (_gate)
        {
            _published += (ulong)_answered.Length;
            _answered = new bool[count];
            _refused = [];
            _low = 0;
            _open = count;
            _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_lost is not null)
                _all.SetException(_lost);
            return _all.Task;
        }
    }

    /// <summary>Which of the batch the server has refused.</summary>
    public IReadOnlyList<int> Refused
    {
        get
        {
            lock (_gate)
                return _refused;
        }
    }

    /// <summary>Takes an answer.</summary>
    /// <param name="number">The number of the message on its channel, from 1.</param>
    /// <param name="andAllBefore">Whether it answers for those before, too.</param>
    /// <param name="accepted">Whether the message is safe.</param>
    public void Answer(ulong number, bool andAllBefore, bool accepted)
    {
        lock (_gate)
        {
            if (number <= _published || number - _published > (ulong)_answered.Length)
                return;
            var last = (int)(number - _published - 1);
            for (var i = andAllBefore ? _low : last; i <= last; i++)
                Answer(i, accepted);
            if (andAllBefore)
                _low = last + 1;
            if (_open == 0)
                _all.TrySetResult();
        }
    }

    public void Lose(Exception error)
    {
        lock (_gate)
        {
            _lost = error;
            if (_open > 0)
                _all.TrySetException(error);
        }
    }

    private void Answer(int index, bool accepted)
    {
        if (_answered[index])
            return;
        _answered[index] = true;
        _open--;
        if (!accepted)
            _refused.Add(index);
    }
}
