using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Polly.CircuitBreaker;
using Protean.Docs.Guides;
using Protean.Docs.Shop;
using Protean.Engine;
using Protean.Storage;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Docs.Errors;

/// <summary>What the guide to errors says happens.</summary>
public sealed class ErrorsTests : IAsyncDisposable
{
    private const int HangLimit = 60_000;

    private static readonly Document _guide = Document.Read("docs/guides/errors.md");

    private readonly Courier _courier = new();
    private Domain? _domain;
    private DomainEngine? _engine;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private DomainEngine Engine => _engine!;

    private IRepository<Order> Orders => _domain!.Repository<Order>();

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
        if (_domain is not null)
            await _domain.DisposeAsync();
    }

    [Fact]
    public void Guide_ListsThePoliciesAndStatuses()
    {
        _guide.Table("What later messages do").Select(row => row[0]).ShouldBe(Enum.GetNames<FailurePolicy>().Select(p => $"`{p}`"));
        _guide.Table("Where a failure stands").Select(row => row[0]).ShouldBe(Enum.GetNames<FailureStatus>().Select(s => $"`{s}`"));
    }

    [Fact]
    public async Task Guide_ItsSettings_AreThoseOfTheHandler()
    {
        var json = _guide.Blocks.Single(b => b.Kind == "settings").Code;
        await using var domain = Domain.Create("shop", builder =>
        {
            builder.Services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build());
            builder.Services.AddSingleton<ICourier>(_courier);
            builder.Aggregate<Order>();
            ErrorsExample.Declare(builder);
            builder.UseInMemory();
        });
        EngineOptions? seen = null;

        await using var engine = new DomainEngine(domain, options => seen = options);

        seen!.Handlers["book-courier"].MaxRetries.ShouldBe(5);
        seen.Handlers["book-courier"].RetryDelay.ShouldBe(TimeSpan.FromSeconds(2));
    }

    [Fact(Timeout = HangLimit)]
    public async Task TransientError_IsRepeated_AndNobodyHearsOfIt()
    {
        _courier.Fail(new HttpRequestException("busy"), times: 2);
        await StartAsync(ErrorsExample.Declare);

        await ShipAsync("o-1");
        await Engine.WaitUntilCaughtUpAsync(Cancellation);

        _courier.Calls.ShouldBe(["book o-1", "book o-1", "book o-1"]);
        (await Engine.DeadLetters.CountAsync(cancellationToken: Cancellation)).ShouldBe(0);
        (await Orders.GetAsync("o-1", Cancellation)).Delay.ShouldBeNull();
    }

    [Fact(Timeout = HangLimit)]
    public async Task OtherError_IsRecorded_ParksWhatFollows_AndIsReplayed()
    {
        _courier.Fail(new InvalidOperationException("no van is left"), times: int.MaxValue);
        await StartAsync(ErrorsExample.Declare);

        await ShipAsync("o-1");
        await Engine.WaitUntilCaughtUpAsync(Cancellation);
        // HandleError has raised an event, which is for the same handler.
        await Engine.WaitUntilCaughtUpAsync(Cancellation);

        var log = new StringWriter();
        var dead = (await ErrorsExample.LookAsync(Engine, log, Cancellation)).ShouldNotBeNull();
        log.ToString().ReplaceLineEndings("\n").Trim().ShouldBe(_guide.Blocks.Single(b => b.Kind == "output").Code);
        (await ErrorsExample.InspectAsync(Engine, dead.Key, Cancellation)).ShouldBe("""{"orderId":"o-1","bookId":"dune","quantity":3}""");
        (await Orders.GetAsync("o-1", Cancellation)).Delay.ShouldBe("no van is left");
        (await Engine.DeadLetters.CountAsync(new() { Status = FailureStatus.Parked }, Cancellation)).ShouldBe(1);
        _courier.Calls.ShouldBe(["book o-1"]);

        _courier.Mend();
        await ErrorsExample.MendedAsync(Engine, default, Cancellation);
        await UntilAsync(async () => await Engine.DeadLetters.CountAsync(cancellationToken: Cancellation) + await Engine.DeadLetters.CountAsync(new() { Status = FailureStatus.Parked }, Cancellation) == 0);

        _courier.Calls.ShouldBe(["book o-1", "book o-1", "tell no van is left"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Purge_OfADeadLetter_LetsThroughWhatIsParkedBehindIt()
    {
        _courier.Fail(new InvalidOperationException("no van is left"), times: 1);
        await StartAsync(ErrorsExample.Declare);
        await ShipAsync("o-1");
        await Engine.WaitUntilCaughtUpAsync(Cancellation);
        await Engine.WaitUntilCaughtUpAsync(Cancellation);

        var dead = (await ErrorsExample.LookAsync(Engine, TextWriter.Null, Cancellation)).ShouldNotBeNull();
        _courier.Calls.ShouldBe(["book o-1"]);
        await ErrorsExample.MendedAsync(Engine, dead.Key, Cancellation);
        await UntilAsync(async () => await Engine.DeadLetters.CountAsync(new() { Status = FailureStatus.Parked }, Cancellation) == 0);

        _courier.Calls.ShouldBe(["book o-1", "tell no van is left"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Pipeline_OfAHandler_RepeatsItsCalls()
    {
        _courier.Fail(new IOException("paper jam"), times: 4);
        await StartAsync(ErrorsExample.Pipeline);

        await ShipAsync("o-1");
        await Engine.WaitUntilCaughtUpAsync(Cancellation);

        _courier.Calls.Count.ShouldBe(5);
        (await Engine.DeadLetters.CountAsync(cancellationToken: Cancellation)).ShouldBe(0);
    }

    [Fact]
    public async Task Fallback_StandsIn_AndTheCircuitOpens()
    {
        _courier.Fail(new HttpRequestException("busy"), times: int.MaxValue);
        await using var test = TestDomain.Create("shop", domain =>
        {
            domain.Services.AddSingleton<ICourier>(_courier);
            domain.Aggregate<Order>();
            ErrorsExample.Guarded(domain);
        });

        for (var n = 1; n <= 3; n++)
            await test.Domain.Repository<Order>().SaveAsync(Order.Place(new($"o-{n}", "dune", 1)), Cancellation);

        _courier.Calls.ShouldBe(["tell o-1", "tell o-2"]);
        var orders = test.Domain.Repository<Order>();
        (await orders.GetAsync("o-2", Cancellation)).Delay.ShouldBe(nameof(HttpRequestException));
        (await orders.GetAsync("o-3", Cancellation)).Delay.ShouldBe(nameof(BrokenCircuitException));
    }

    [Fact(Timeout = HangLimit)]
    public async Task EnqueuedCommand_ThatFails_TellsWhoeverWaits()
    {
        await StartAsync(ErrorsExample.Declare);

        var handle = await _domain!.EnqueueAsync(new ShipOrder("nobody"), cancellationToken: Cancellation);

        (await Should.ThrowAsync<CommandFailedException>(() => handle.WaitAsync(Cancellation))).Message.ShouldContain("There is no Order");
        await Engine.WaitUntilCaughtUpAsync(Cancellation);
        (await Engine.DeadLetters.ListAsync(cancellationToken: Cancellation)).Single().Key.Handler.ShouldBe("shop::order:command");
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var glances = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await holds())
            await glances.WaitForNextTickAsync(Cancellation);
    }

    private async Task StartAsync(Action<DomainBuilder> declare)
    {
        _domain = Domain.Create("shop", domain =>
        {
            domain.Services.AddSingleton<ICourier>(_courier);
            domain.Aggregate<Order>();
            domain.CommandHandler<Order>().On<ShipOrder>(c => c.OrderId, (order, _) => order.Ship());
            declare(domain);
            domain.UseInMemory();
        });
        // What has failed is dead at once, so that no test waits for the recovery.
        _engine = new(_domain, options => options.Server.MaxRetries = 0);
        await _engine.StartAsync(Cancellation);
    }

    private async Task ShipAsync(string id)
    {
        var order = Order.Place(new(id, "dune", 3));
        order.Ship();
        await Orders.SaveAsync(order, Cancellation);
    }

    private sealed class Courier : ICourier
    {
        private readonly ConcurrentQueue<string> _calls = new();
        private Exception? _error;
        private int _times;

        public IReadOnlyList<string> Calls => [.. _calls];

        public void Fail(Exception error, int times) => (_error, _times) = (error, times);

        public void Mend() => _times = 0;

        public Task BookAsync(string orderId, CancellationToken cancellationToken) => CallAsync($"book {orderId}");

        public Task TellAsync(string what, CancellationToken cancellationToken) => CallAsync($"tell {what}");

        public Task PrintAsync(string orderId, CancellationToken cancellationToken) => CallAsync($"print {orderId}");

        private Task CallAsync(string call)
        {
            _calls.Enqueue(call);
            return _times-- > 0 ? Task.FromException(_error!) : Task.CompletedTask;
        }
    }
}
