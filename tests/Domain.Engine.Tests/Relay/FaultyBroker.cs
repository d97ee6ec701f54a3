using System.Collections.Concurrent;
using Protean.Brokers;

namespace Protean.Tests.Relay;

/// <summary>A broker that can be away, and that refuses what a test says.</summary>
public sealed class FaultyBroker : IBroker
{
    private readonly InMemoryBroker _broker = new();
    private readonly ConcurrentQueue<string> _tried = new();
    private bool _isAway;

    public string Name => "The broker";

    public bool IsAway
    {
        get => Volatile.Read(ref _isAway);
        set => Volatile.Write(ref _isAway, value);
    }

    /// <summary>What consuming fails with for another reason.</summary>
    public Exception? Breaks { get; set; }

    /// <summary>Whether a message is refused.</summary>
    public Func<BrokerMessage, bool> Refuses { get; set; } = _ => false;

    /// <summary>Held up by whoever wants publications to wait.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>The ids of all messages that somebody has tried to publish.</summary>
    public IReadOnlyList<string> Tried => [.. _tried];

    public ValueTask DeclareAsync(BrokerGroup group, CancellationToken cancellationToken = default) => _broker.DeclareAsync(group, cancellationToken);

    public async ValueTask<IReadOnlyList<PublishRefusal>> PublishAsync(IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken = default)
    {
        if (Gate is { } gate)
            await gate.Task.WaitAsync(cancellationToken);
        foreach (var message in messages)
            _tried.Enqueue(message.Id);
        if (IsAway)
            throw new BrokerUnavailableException(Name, "it is away");
        await _broker.PublishAsync([.. messages.Where(m => !Refuses(m))], cancellationToken);
        return [.. messages.Index().Where(m => Refuses(m.Item)).Select(m => new PublishRefusal(m.Index, "not today"))];
    }

    public ValueTask<IBrokerConsumer> ConsumeAsync(BrokerGroup group, int partition, CancellationToken cancellationToken = default) =>
        Breaks is { } error ? throw error : IsAway ? throw new BrokerUnavailableException(Name, "it is away") : _broker.ConsumeAsync(group, partition, cancellationToken);

    public IReadOnlyList<BrokerMessage> DeadLettersOf(string group) => _broker.DeadLettersOf(group);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
