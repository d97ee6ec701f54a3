using System.Globalization;
using Protean.Benchmarks.Chaos.Histories;
using Protean.Benchmarks.Chaos.Stores;

namespace Protean.Benchmarks.Chaos.Running;

/// <summary>A process that commits, and what it has said about that.</summary>
internal sealed class Worker : IAsyncDisposable
{
    public const string Role = "worker";

    private readonly Lock _gate = new();
    private readonly WorkerHistory _history = new();
    private readonly Child _child;
    private readonly TaskCompletionSource _begun = NewSignal();
    private TaskCompletionSource _next = NewSignal();
    private int _acknowledged;
    private string? _lastError;

    public Worker(int number, int seed, StoreAddress store)
    {
        Number = number;
        _child = Child.Start($"worker {number}", [Role, number.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture)], store, Hear);
    }

    public int Number { get; }

    public Child Child => _child;

    /// <summary>Completes when it has sent its first commit.</summary>
    public Task Begun => _begun.Task;

    /// <summary>How many of its commits were acknowledged.</summary>
    public int Acknowledged
    {
        get
        {
            lock (_gate)
                return _acknowledged;
        }
    }

    /// <summary>How many of its commits have been sent and have no answer.</summary>
    public int InFlight
    {
        get
        {
            lock (_gate)
                return _history.Commitments.Count(static commitment => commitment.Open > 0);
        }
    }

    /// <summary>What it has sent. Only to be read when it has ended.</summary>
    public IReadOnlyList<Commitment> Commitments => _history.Commitments;

    /// <summary>Waits for so many further commits to be acknowledged.</summary>
    public async Task WorkAsync(int commits, TimeSpan patience, CancellationToken cancellationToken)
    {
        var goal = Acknowledged + commits;
        while (true)
        {
            Task next;
            lock (_gate)
            {
                if (_acknowledged >= goal)
                    return;
                next = _next.Task;
            }

            await _child.WaitAsync(next, patience, () => $"got no commit acknowledged (last it heard: {_lastError ?? "nothing"})", cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => _child.DisposeAsync();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Hear(Line line)
    {
        lock (_gate)
        {
            if (line.Begin is { } attempt)
            {
                _history.Begin(attempt);
                _begun.TrySetResult();
            }

            if (line.End is not { } outcome)
                return;
            _history.End(outcome);
            _lastError = outcome.Error ?? _lastError;
            if (outcome.Kind != OutcomeKind.Acknowledged)
                return;
            _acknowledged++;
            _next.TrySetResult();
            _next = NewSignal();
        }
    }
}
