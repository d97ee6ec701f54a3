using System.Text.Json;
using Protean.Engine;
using Protean.EventStore.TestServer;
using Protean.Storage;
using RabbitMQ.Client.Exceptions;
using Shouldly;
using Xunit;

namespace Protean.Brokers.RabbitMq.Tests;

/// <summary>Domains that speak with each other, and handlers that get their events, through the server.</summary>
public sealed class EngineTests : RabbitMqTest
{
    private readonly InMemoryEventStore _log = new();

    public sealed record Counted(string Counter, int Number) : IDomainEvent;

    public sealed record Announced(string Counter, int Number) : INotificationEvent;

    public sealed record Heard(string Counter, int Number) : IDomainEvent;

    public sealed class Counter : Aggregate
    {
        public int Number { get; private set; }

        public static Counter Of(string id) => new() { Id = id };

        public void Count(bool aloud)
        {
            Number++;
            Raise(aloud ? new Announced(Id, Number) : new Counted(Id, Number));
        }
    }

    /// <summary>The numbers that were heard of a counter, in the order in which they were handled.</summary>
    public sealed class Ear : Aggregate
    {
        public IReadOnlyList<int> Numbers { get; set; } = [];

        public static Ear Of(string id) => new() { Id = id };
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _log.DisposeAsync();
    }

    [Fact(Timeout = 2 * Patience)]
    public async Task Notifications_OfOneDomain_HaveTheirEffectInAnotherOnceAndInOrder_ThroughLostConnections()
    {
        var proxy = await StartProxyAsync();
        var listener = await ListeningAsync(proxy);
        var ears = await StartAsync(listener);
        await Until(() => ears.Status.Receivers[0].State == ReceiverState.Receiving && ears.Status.IsReady);
        await GroupDeclaredAsync();
        var shop = await AnnouncingAsync(proxy);
        await StartAsync(shop);

        for (var n = 1; n <= 60; n++)
        {
            await CountAsync(shop, $"c{n % 3}", aloud: true);
            if (n % 20 == 10)
                proxy.CutAll();
        }

        for (var counter = 0; counter < 3; counter++)
            await UntilAsync(async () => (await NumbersAsync(listener, $"c{counter}")).SequenceEqual(Enumerable.Range(1, 20)));
    }

    [Fact(Timeout = 2 * Patience)]
    public async Task Stream_ComesThroughTheServer_AndAnotherNodeTakesOverWhatAKilledOneHeld()
    {
        var held = new TaskCompletionSource();
        var reached = new TaskCompletionSource();
        var first = await CountingAsync(async number =>
        {
            if (number < 6)
                return;
            reached.TrySetResult();
            await held.Task;
        });
        var one = await StartAsync(first, o => o.DrainLimit = TimeSpan.Zero);
        await ReadyAsync(one);
        for (var n = 1; n <= 10; n++)
            await CountAsync(first, "c", aloud: false);
        await reached.Task.WaitAsync(Cancellation);
        // It ends in the middle of the sixth, with five that are not acknowledged.
        await one.StopAsync(Cancellation);
        held.SetResult();

        var second = await CountingAsync(_ => Task.CompletedTask);
        await StartAsync(second);

        await UntilAsync(async () => (await NumbersAsync(second, "c")).SequenceEqual(Enumerable.Range(1, 10)));
        Log.Lines.ShouldNotContain(l => l.Id == 2046);
    }

    [Fact(Timeout = 2 * Patience)]
    public async Task Stream_WhoseQueueIsDeleted_LosesNothing()
    {
        var held = new TaskCompletionSource();
        var domain = await CountingAsync(number => number < 2 ? Task.CompletedTask : held.Task);
        await ReadyAsync(await StartAsync(domain));
        var queue = $"{Shop}:streams.ears-1-{await MarkAsync()}.0";

        for (var n = 1; n <= 10; n++)
            await CountAsync(domain, "c", aloud: false);
        // RabbitMQ 3.10 breaks down, all of it, over a queue that is deleted while it is being declared.
        await UntilAsync(() => IsConsumedAsync(queue));
        await (await OpenRawAsync()).QueueDeleteAsync(queue, ifUnused: false, ifEmpty: false, cancellationToken: Cancellation);
        for (var n = 11; n <= 20; n++)
            await CountAsync(domain, "c", aloud: false);
        held.SetResult();

        await UntilAsync(async () => (await NumbersAsync(domain, "c")).SequenceEqual(Enumerable.Range(1, 20)));
    }

    private async Task<bool> IsConsumedAsync(string queue)
    {
        try
        {
            return (await (await OpenRawAsync()).QueueDeclarePassiveAsync(queue, Cancellation)).ConsumerCount > 0;
        }
        catch (OperationInterruptedException)
        {
            return false;
        }
    }

    private static async Task CountAsync(Domain domain, string id, bool aloud)
    {
        var counters = domain.Repository<Counter>();
        var counter = await counters.FindAsync(id, Cancellation) ?? Counter.Of(id);
        counter.Count(aloud);
        await counters.SaveAsync(counter, Cancellation);
    }

    private static async Task<IReadOnlyList<int>> NumbersAsync(Domain domain, string id) =>
        (await domain.Repository<Ear>().FindAsync(id, Cancellation))?.Numbers ?? [];

    private static async Task HearAsync(string id, int number, HandlerContext context)
    {
        var ears = context.Repository<Ear>();
        var ear = await ears.FindAsync(id) ?? Ear.Of(id);
        ear.Numbers = [.. ear.Numbers, number];
        await ears.SaveAsync(ear);
    }

    /// <summary>What tells the queues of this log from those of another.</summary>
    private async Task<string> MarkAsync()
    {
        var row = (await _log.ListCheckpointsAsync($"{Shop}::ears:stream", Cancellation)).Single(c => c.Data is not null);
        return JsonDocument.Parse(row.Data!).RootElement.GetProperty("mark").GetString()!;
    }

    private static Task Until(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));

    /// <summary>From then on the log is read to its end, and the server is to bring everything.</summary>
    private static Task ReadyAsync(DomainEngine engine) =>
        Until(() => engine.Status.Subscriptions.All(s => s.Partitions.Count > 0 && s.Partitions.All(p => p.State == PartitionState.Idle)));

    private async Task<DomainEngine> StartAsync(Domain domain, Action<EngineOptions>? configure = null)
    {
        var engine = Opened(new DomainEngine(domain, configure));
        await engine.StartAsync(Cancellation);
        return engine;
    }

    /// <summary>What is published before the group is there goes to nobody.</summary>
    private async Task GroupDeclaredAsync() => await (await OpenAsync()).DeclareAsync(new() { Name = $"{Shop}_ears.ears", Topics = [$"{Shop}.announced"] }, Cancellation);

    private async Task<Domain> AnnouncingAsync(TcpProxy proxy)
    {
        var broker = await OpenThroughAsync(proxy);
        return Opened(Domain.Create(Shop, domain =>
        {
            domain.Aggregate<Counter>().Raises<Announced>();
            domain.Event<Announced>().Compressed(above: 0);
            domain.UseBroker(_ => broker);
            domain.UseInMemory();
        }));
    }

    private async Task<Domain> ListeningAsync(TcpProxy proxy)
    {
        var broker = await OpenThroughAsync(proxy);
        return Opened(Domain.Create($"{Shop}_ears", domain =>
        {
            domain.Aggregate<Ear>();
            domain.Subscriber($"{Shop}.announced").Named("ears")
                .Message<Heard>($"{char.ToUpperInvariant(Shop[0])}{Shop[1..]}.Announced.v1")
                .On<Heard>((heard, context) => HearAsync(heard.Counter, heard.Number, context));
            domain.UseBroker(_ => broker);
            domain.UseInMemory();
        }));
    }

    private async Task<Domain> CountingAsync(Func<int, Task> before)
    {
        var broker = await OpenAsync();
        return Opened(Domain.Create(Shop, domain =>
        {
            domain.Aggregate<Counter>().Raises<Counted>();
            domain.Aggregate<Ear>();
            domain.EventHandler<Counter>().Named("ears").Subscription(SubscriptionType.Stream).On<Counted>(async (counted, context) =>
            {
                await before(counted.Number);
                await HearAsync(counted.Counter, counted.Number, context);
            });
            domain.UseBroker(_ => broker);
            domain.UseStore(_ => _log);
        }));
    }
}
