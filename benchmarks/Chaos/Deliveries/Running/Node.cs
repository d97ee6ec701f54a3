using System.Globalization;
using Protean.Benchmarks.Chaos.Deliveries.Workers;
using Protean.Benchmarks.Chaos.Histories;
using Protean.Benchmarks.Chaos.Running;
using Protean.Benchmarks.Chaos.Stores;

namespace Protean.Benchmarks.Chaos.Deliveries.Running;

/// <summary>A process that feeds and delivers, and what it has said about that.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<Node, Taken> _took;

    public Node(int number, int seed, StoreAddress store, Action<Node, Taken> took)
    {
        Number = number;
        _took = took;
        Child = Child.Start($"node {number}", [NodeRole.Name, number.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture)], store, Hear);
    }

    public int Number { get; }

    public Child Child { get; }

    /// <summary>Completes when it would hear a signal.</summary>
    public Task Up => _up.Task;

    /// <summary>Completes when its engine has had what it was to have of the partitions.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Completes when it feeds no more.</summary>
    public Task Quiet => _quiet.Task;

    public ValueTask DisposeAsync() => Child.DisposeAsync();

    private void Hear(Line line)
    {
        if (line.Taken is { } taken)
            _took(this, taken);
        if (line.IsUp)
            _up.TrySetResult();
        if (line.IsReady)
            _ready.TrySetResult();
        if (line.IsQuiet)
            _quiet.TrySetResult();
    }
}
