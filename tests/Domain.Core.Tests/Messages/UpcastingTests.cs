using System.Text.Json.Nodes;
using Protean.Tests.Model;
using Shouldly;
using Xunit;

namespace Protean.Tests.Messages;

/// <summary>Events that were stored under older schemas.</summary>
public sealed class UpcastingTests : IAsyncDisposable
{
    private readonly Domain _domain = Domain.Create("Test", d =>
    {
        d.Aggregate<Tank>();
        // Declared backwards: the order of declaration means nothing.
        d.Event<Filled>()
            .Upcast(2, json =>
            {
                json["amount"] = new JsonObject { ["millilitres"] = json["litres"]!.GetValue<int>() * 1000 };
                json.Remove("litres");
            })
            .Upcast(1, json => new JsonObject { ["litres"] = json["gallons"]!.GetValue<int>() * 4 });
        d.Event<Drained>().StoredSince(3);
        d.UseInMemory();
    });

    private IRepository<Tank> Tanks => _domain.Repository<Tank>();

    [Fact]
    public async Task GetAsync_OfAStreamWithEachVersion_UpcastsEachFromItsOwn()
    {
        await _domain.PutMessageAsync("test::tank-t", "Test.Filled.v1", """{"gallons":1}""");
        await _domain.PutMessageAsync("test::tank-t", "Test.Filled.v2", """{"litres":2}""");
        await _domain.PutMessageAsync("test::tank-t", "Test.Filled.v3", """{"amount":{"millilitres":5}}""");

        (await Tanks.GetAsync("t")).Fills.ShouldBe([4000, 2000, 5]);
    }

    [Fact]
    public async Task Raise_OfAnEventWithVersions_StoresTheNewest()
    {
        var tank = new Tank("t");
        tank.Fill(5);
        await Tanks.SaveAsync(tank);

        (await _domain.StreamAsync("test::tank-t")).Single().Type.ShouldBe("Test.Filled.v3");
    }

    [Fact]
    public async Task GetAsync_WithAnUpcasterThatFails_NamesMessageAndPlace()
    {
        var id = await _domain.PutMessageAsync("test::tank-t", "Test.Filled.v1", """{"pints":1}""");

        var error = await Should.ThrowAsync<MessageFormatException>(async () => await Tanks.GetAsync("t"));

        error.Where.ShouldBe($"message {id} of type Test.Filled.v1 at test::tank-t:0");
    }

    [Fact]
    public async Task GetAsync_OfABodyThatIsNoObject_NamesMessageAndPlace()
    {
        await _domain.PutMessageAsync("test::tank-t", "Test.Filled.v1", "[1]");

        var error = await Should.ThrowAsync<MessageFormatException>(async () => await Tanks.GetAsync("t"));

        error.Message.ShouldContain("test::tank-t:0");
        error.Message.ShouldContain("no object");
    }

    [Fact]
    public async Task GetAsync_OfANewerVersionThanKnown_NamesTypeAndPlace()
    {
        await _domain.PutMessageAsync("test::tank-t", "Test.Filled.v4", "{}");

        var error = await Should.ThrowAsync<UnknownEventException>(async () => await Tanks.GetAsync("t"));

        error.Message.ShouldContain("test::tank-t:0 holds an event of type 'Test.Filled.v4'");
    }

    [Fact]
    public void Create_WithAGapBetweenUpcasters_NamesEventAndVersion()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", d =>
        {
            d.Event<Filled>().Upcast(1, _ => { });
            d.UseInMemory();
        }));

        error.Findings.Single().ShouldStartWith("Filled has schema version 3 but no upcaster from version 2");
    }

    [Fact]
    public void Create_WithSeveralGaps_NamesEachOfThem()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", d =>
        {
            d.Event<Filled>();
            d.Event<Drained>();
            d.UseInMemory();
        }));

        error.Findings.Count.ShouldBe(4);
    }

    [Fact]
    public void Create_WithAnUpcasterFromTheNewestVersion_NamesIt()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", d =>
        {
            d.Event<Filled>().Upcast(1, _ => { }).Upcast(2, _ => { }).Upcast(3, _ => { });
            d.UseInMemory();
        }));

        error.Findings.Single().ShouldStartWith("Filled has an upcaster from version 3");
    }

    [Fact]
    public void Upcast_TwiceFromOneVersion_IsRefusedAtOnce() =>
        Should.Throw<ArgumentException>(() => Domain.Create("Test", d => d.Event<Filled>().Upcast(1, _ => { }).Upcast(1, _ => { })))
            .Message.ShouldContain("Filled has an upcaster from version 1 already");

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    public sealed record Volume(int Millilitres);

    [SchemaVersion(3)]
    public sealed record Filled(Volume Amount) : IDomainEvent;

    [SchemaVersion(3)]
    public sealed record Drained : IDomainEvent;

    public sealed class Tank : EventSourcedAggregate
    {
        private readonly List<int> _fills = [];

        public Tank(string id) => Id = id;

        Tank()
        {
        }

        public IReadOnlyList<int> Fills => _fills;

        public void Fill(int millilitres) => Raise(new Filled(new Volume(millilitres)));

        void Apply(Filled e) => _fills.Add(e.Amount.Millilitres);
    }
}
