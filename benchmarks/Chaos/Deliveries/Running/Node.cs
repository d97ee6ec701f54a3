using System.Diagnostics;
using System.Globalization;
using Protean.Benchmarks.Chaos.Histories;
using Protean.Benchmarks.Chaos.Notifications.Domains;
using Protean.Benchmarks.Chaos.Running;
using Protean.Benchmarks.Chaos.Stores;

namespace Protean.Benchmarks.Chaos.Deliveries.Running;

/// <summary>A process with an engine, and what it has said about that.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<Node, Taken> _took;

    public Node(int number, int seed, Post post, Action<Node, Taken> took)
    {
        Number = number;
        Post = post;
        _took = took;
        Child = Child.Start($"{post.Role} {number}", [post.Role, number.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture)], post.Store, Hear, post.Broker);
    }

    public int Number { get; }

    public Post Post { get; }

    public Child Child { get; }

    /// <summary>When it has said last that something is new in its inbox; 0 if it has not. It is then the one whom the broker gives what comes in.</summary>
    public long LastKept { get; private set; }

    /// <summary>How many messages it has said came to its inbox again.</summary>
    public long Redelivered { get; private set; }

    /// <summary>How many messages it has said it handled after failures.</summary>
    public long Recovered { get; private set; }

    /// <summary>How many messages it has said the broker brought to a handler that it feeds.</summary>
    public long Brought { get; private set; }

    /// <summary>How many messages of such a handler it has said it read from the store.</summary>
    public long FilledIn { get; private set; }

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
        if (line.Kept > 0)
            LastKept = Stopwatch.GetTimestamp();
        Redelivered += line.Redelivered;
        Recovered += line.Recovered;
        Brought += line.Brought;
        FilledIn += line.FilledIn;
        if (line.IsUp)
            _up.TrySetResult();
        if (line.IsReady)
            _ready.TrySetResult();
        if (line.IsQuiet)
            _quiet.TrySetResult();
    }
}

/// <summary>What a process is there for.</summary>
/// <param name="Role">The role of the program.</param>
/// <param name="Store">The store that it works on.</param>
/// <param name="Feeds">Whether it brings in what is to be delivered.</param>
/// <param name="Broker">The broker, if it has one.</param>
internal sealed record Post(string Role, StoreAddress Store, bool Feeds, BrokerAddress? Broker = null);
