using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Protean.Storage;
using Protean.Tests.Model;
using Shouldly;
using Xunit;

namespace Protean.Tests.Messages;

/// <summary>What every stored message carries, and the headers that users add.</summary>
public sealed class MetadataTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 5, 6, 7, 8, 9, 123, TimeSpan.Zero);

    private readonly List<IReadOnlyDictionary<string, string>> _seen = [];
    private readonly Domain _domain;
    private Action<EnrichmentContext> _enrich = _ => { };

    public MetadataTests() => _domain = Domain.Create("Test", d =>
    {
        d.Services.AddSingleton<TimeProvider>(new StandingClock(Now));
        d.EventProcessing = EventProcessing.Inline;
        d.Aggregate<Door>();
        d.CommandHandler<Door>().On<Open>((c, context) => context.Repository<Door>().Add(Door.Open(c.DoorId)));
        d.EventHandler<Door>().On<Opened>((_, context) => _seen.Add(context.Headers));
        d.Enricher(context => _enrich(context));
        d.UseInMemory();
    });

    [Fact]
    public async Task SaveAsync_OfAnEvent_GivesItTheTimeOfTheClock() => (await SaveAsync()).Time.ShouldBe(Now);

    [Fact]
    public async Task SaveAsync_OfAnEvent_GivesItAnIdThatSortsByThatTime()
    {
        var id = (await SaveAsync()).Id;

        id.Version.ShouldBe(7);
        id.ToString("N")[..12].ShouldBe(Now.ToUnixTimeMilliseconds().ToString("x12", null));
    }

    [Fact]
    public async Task SaveAsync_OfAnEvent_GivesItTheChecksumOfItsBytes()
    {
        var message = await SaveAsync();

        message.Checksum.ShouldBe(Checksum.Compute(message.Body.Span));
    }

    [Fact]
    public async Task SaveAsync_OfAnEvent_PlacesItInTheStreamOfItsAggregate()
    {
        var message = await SaveAsync();

        (message.Stream.Value, message.Position, message.GlobalPosition, message.Kind).ShouldBe(("test::door-d", 0L, 1L, MessageKind.Event));
    }

    [Fact]
    public async Task SaveAsync_WithinAnActivity_CarriesItsTraceContext()
    {
        using var activity = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();

        var message = await SaveAsync();

        message.Metadata.TraceParent.ShouldNotBeNull().ShouldContain(activity.TraceId.ToString());
    }

    [Fact]
    public async Task ProcessAsync_WithHeaders_GivesThemToTheCommandAndItsEvents()
    {
        await _domain.ProcessAsync(new Open("d"), new CommandOptions { Headers = new Dictionary<string, string> { ["tenant"] = "acme" } });

        (await _domain.LogAsync()).Select(m => m.Metadata.Headers["tenant"]).ShouldBe(["acme", "acme"]);
    }

    [Fact]
    public async Task ProcessAsync_WithHeaders_ShowsThemToTheHandlersOfItsEvents()
    {
        await _domain.ProcessAsync(new Open("d"), new CommandOptions { Headers = new Dictionary<string, string> { ["tenant"] = "acme" } });

        _seen.Single()["tenant"].ShouldBe("acme");
    }

    [Fact]
    public async Task Enricher_OfAnEvent_AddsAHeader()
    {
        _enrich = context => context.Set("by", context.Aggregate!.ToString());

        (await SaveAsync()).Metadata.Headers["by"].ShouldBe("Door 'd'");
    }

    [Fact]
    public async Task Enricher_OfACommand_AddsAHeaderForAllThatFollows()
    {
        _enrich = context =>
        {
            if (context.Payload is Open)
                context.Set("by", "key");
        };

        await _domain.ProcessAsync(new Open("d"));

        (await _domain.LogAsync()).Select(m => m.Metadata.Headers["by"]).ShouldBe(["key", "key"]);
    }

    [Fact]
    public async Task Enricher_OfACommand_IsToldItsKind()
    {
        List<MessageKind> kinds = [];
        _enrich = context => kinds.Add(context.Kind);

        await _domain.ProcessAsync(new Open("d"));

        kinds.ShouldBe([MessageKind.HandledCommand, MessageKind.Event]);
    }

    [Fact]
    public async Task Enricher_SettingAHeaderThatIsThere_ReplacesItFromThereOn()
    {
        _enrich = context =>
        {
            if (context.Payload is Opened)
                context.Set("tenant", context.Headers["tenant"] + "!");
        };

        await _domain.ProcessAsync(new Open("d"), new CommandOptions { Headers = new Dictionary<string, string> { ["tenant"] = "acme" } });

        (await _domain.LogAsync()).Select(m => m.Metadata.Headers["tenant"]).ShouldBe(["acme", "acme!"]);
    }

    [Fact]
    public async Task Enricher_SettingAnotherHeader_KeepsThoseThatWereThere()
    {
        _enrich = context => context.Set("by", "key");

        await _domain.ProcessAsync(new Open("d"), new CommandOptions { Headers = new Dictionary<string, string> { ["tenant"] = "acme" } });

        (await _domain.LogAsync()).Select(m => m.Metadata.Headers["tenant"]).ShouldBe(["acme", "acme"]);
    }

    [Fact]
    public async Task Enricher_Several_AreAskedInTheOrderOfTheirDeclaration()
    {
        await using var domain = Domain.Create("Test", d =>
        {
            d.Aggregate<Door>();
            d.Enricher(context => context.Set("trail", "1"));
            d.Enricher(context => context.Set("trail", context.Headers["trail"] + "2"));
            d.UseInMemory();
        });

        await domain.Repository<Door>().SaveAsync(Door.Open("d"));

        (await domain.LogAsync()).Single().Metadata.Headers["trail"].ShouldBe("12");
    }

    [Fact]
    public async Task Enricher_ThatFails_StoresNothing()
    {
        _enrich = _ => throw new TimeoutException();

        await Should.ThrowAsync<TimeoutException>(async () => await _domain.Repository<Door>().SaveAsync(Door.Open("d")));

        (await _domain.Store.GetHeadAsync()).ShouldBe(0);
    }

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    private async Task<StoredMessage> SaveAsync()
    {
        await _domain.Repository<Door>().SaveAsync(Door.Open("d"));
        return (await _domain.LogAsync()).Single();
    }

    public sealed record Open(string DoorId) : ICommand;

    public sealed record Opened : IDomainEvent;

    public sealed class Door : EventSourcedAggregate
    {
        public static Door Open(string id)
        {
            var door = new Door { Id = id };
            door.Raise(new Opened());
            return door;
        }

        void Apply(Opened e)
        {
        }
    }
}
