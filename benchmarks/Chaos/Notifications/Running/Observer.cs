using System.Text.Json;
using Protean.Benchmarks.Chaos.Notifications.Domains;
using Protean.Benchmarks.Chaos.Notifications.Judging;
using Protean.Benchmarks.Chaos.Workers;
using Protean.Brokers;
using Protean.Brokers.RabbitMq;

namespace Protean.Benchmarks.Chaos.Notifications.Running;

/// <summary>Consumes what the shop says in a group of its own, without a domain, and remembers all that comes, whenever it comes.</summary>
internal sealed class Observer : IAsyncDisposable
{
    private const int MostAtOnce = 100;
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web);

    private readonly Lock _gate = new();
    private readonly List<Notice> _arrived = [];
    private readonly Dictionary<string, HashSet<Notice>> _met = [];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _end = new();
    private readonly BrokerAddress _address;
    private readonly RabbitMqBroker _broker;
    private readonly Task _running;

    public Observer(BrokerAddress address)
    {
        _address = address;
        _broker = new(new() { Uri = address.Uri });
        _running = RunAsync(_end.Token);
    }

    /// <summary>Completes with the word that no more will come. What was published before has come then.</summary>
    public Task Closed => _closed.Task;

    /// <summary>All that has come, in this order.</summary>
    public IReadOnlyList<Notice> Arrived
    {
        get
        {
            lock (_gate)
                return [.. _arrived];
        }
    }

    /// <summary>How many have come, repetitions not counted.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _met.Values.Sum(static met => met.Count);
        }
    }

    /// <summary>How many of a desk have come, repetitions not counted.</summary>
    public int CountOf(string desk)
    {
        lock (_gate)
            return _met.TryGetValue(desk, out var met) ? met.Count : 0;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _broker.DisposeAsync();
        _end.Dispose();
    }

    private async Task RunAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await using var consumer = await _broker.ConsumeAsync(_address.Observer, 0, end);
                while (true)
                {
                    var deliveries = await consumer.ReceiveAsync(MostAtOnce, end);
                    foreach (var delivery in deliveries)
                        Note(delivery.Message);
                    await consumer.AcknowledgeAsync(deliveries, end);
                }
            }
            catch (BrokerUnavailableException)
            {
                await Task.Delay(Patience.Pause, end);
            }
        }
    }

    private void Note(BrokerMessage message)
    {
        if (message.Topic == _address.Closing)
        {
            _closed.TrySetResult();
            return;
        }

        var sent = CloudEventJson.Read(message.Body);
        var parcel = JsonSerializer.Deserialize<ParcelSent>(sent.Data.Span, _json)!;
        var notice = new Notice(Guid.Parse(sent.Id), parcel.Desk, parcel.Number);
        lock (_gate)
        {
            _arrived.Add(notice);
            if (!_met.TryGetValue(parcel.Desk, out var met))
                _met.Add(parcel.Desk, met = []);
            met.Add(notice);
        }
    }
}
