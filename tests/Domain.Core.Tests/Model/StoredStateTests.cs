using Protean.Tests.Messages;
using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

/// <summary>Documents that a former version of the program has written, or that somebody has damaged.</summary>
public sealed class StoredStateTests : IAsyncDisposable
{
    private readonly Domain _domain = Make(UnknownMemberPolicy.Count);

    private IRepository<Parcel> Parcels => _domain.Repository<Parcel>();

    [Fact]
    public async Task GetAsync_OfAValueObjectThatRefusesItsValue_NamesDocumentAndCause()
    {
        await _domain.PutDocumentAsync("test::parcel", "p-1", """{"id":"p-1","weight":{"grams":-1}}""", "v3");

        var error = await Should.ThrowAsync<MessageFormatException>(async () => await Parcels.GetAsync("p-1"));

        error.Where.ShouldBe("document 'p-1' of 'test::parcel', version 1");
        error.Message.ShouldContain("a weight is positive");
    }

    [Fact]
    public async Task GetAsync_OfAMemberOfTheWrongType_NamesDocumentAndPath()
    {
        await _domain.PutDocumentAsync("test::parcel", "p-1", """{"id":"p-1","weight":{"grams":"heavy"}}""", "v3");

        var error = await Should.ThrowAsync<MessageFormatException>(async () => await Parcels.GetAsync("p-1"));

        error.Message.ShouldContain("document 'p-1' of 'test::parcel'");
        error.Path.ShouldBe("$.weight.grams");
    }

    [Fact]
    public async Task GetAsync_OfAValueObjectThatLacksAMember_NamesDocumentAndMember()
    {
        await _domain.PutDocumentAsync("test::parcel", "p-1", """{"id":"p-1","weight":{}}""", "v3");

        var error = await Should.ThrowAsync<MessageFormatException>(async () => await Parcels.GetAsync("p-1"));

        error.Message.ShouldContain("document 'p-1' of 'test::parcel'");
        error.Message.ShouldContain("grams");
    }

    [Fact]
    public async Task GetAsync_OfADictionaryKeyThatIsNoId_NamesTheDocument()
    {
        await _domain.PutDocumentAsync("test::parcel", "p-1", """{"id":"p-1","scans":{"nonsense":1}}""", "v3");

        var error = await Should.ThrowAsync<MessageFormatException>(async () => await Parcels.GetAsync("p-1"));

        error.Message.ShouldContain("document 'p-1' of 'test::parcel'");
        error.Message.ShouldContain("nonsense");
    }

    [Fact]
    public async Task GetAsync_OfAnEntityWithoutAConstructorAndAMember_NamesTheMember()
    {
        await _domain.PutDocumentAsync("test::parcel", "p-1", """{"id":"p-1","seal":{}}""", "v3");

        var error = await Should.ThrowAsync<MessageFormatException>(async () => await Parcels.GetAsync("p-1"));

        error.Message.ShouldContain("number");
    }

    [Fact]
    public async Task GetAsync_OfADocumentWithoutAMember_LeavesTheInitialValue()
    {
        await _domain.PutDocumentAsync("test::parcel", "p-1", """{"id":"p-1"}""", "v3");

        (await Parcels.GetAsync("p-1")).Priority.ShouldBe("normal");
    }

    [Fact]
    public async Task GetAsync_OfUnknownMembers_CountsThem()
    {
        using var counted = new CountedUnknownMembers("Parcel");
        await _domain.PutDocumentAsync("test::parcel", "p-1", """{"id":"p-1","ghost":1,"weight":{"grams":5,"phantom":2}}""", "v3");

        var parcel = await Parcels.GetAsync("p-1");

        parcel.Weight!.Grams.ShouldBe(5);
        counted.Total.ShouldBe(2);
    }

    [Fact]
    public async Task GetAsync_AfterADocumentThatFailed_CountsItsOwnUnknownMembersOnly()
    {
        await _domain.PutDocumentAsync("test::parcel", "p-1", """{"ghost":1,"weight":{"grams":-1}}""", "v3");
        await _domain.PutDocumentAsync("test::parcel", "p-2", """{"id":"p-2"}""", "v3");
        await Should.ThrowAsync<MessageFormatException>(async () => await Parcels.GetAsync("p-1"));
        using var counted = new CountedUnknownMembers("Parcel");

        await Parcels.GetAsync("p-2");

        counted.Total.ShouldBe(0);
    }

    [Fact]
    public async Task GetAsync_OfUnknownMembersWhereTheyAreRefused_NamesThem()
    {
        await using var domain = Make(UnknownMemberPolicy.Refuse);
        await domain.PutDocumentAsync("test::parcel", "p-1", """{"id":"p-1","ghost":1}""", "v3");

        var error = await Should.ThrowAsync<MessageFormatException>(async () => await domain.Repository<Parcel>().GetAsync("p-1"));

        error.Message.ShouldContain("document 'p-1' of 'test::parcel'");
        error.Message.ShouldContain("ghost");
    }

    [Fact]
    public async Task GetAsync_OfAnOlderSchema_RunsEachUpcasterInOrder()
    {
        await _domain.PutDocumentAsync("test::parcel", "p-1", """{"id":"p-1","kilos":2}""", "v1");

        (await Parcels.GetAsync("p-1")).Weight!.Grams.ShouldBe(2000);
    }

    [Fact]
    public async Task GetAsync_OfAnIntermediateSchema_RunsTheLaterUpcastersOnly()
    {
        await _domain.PutDocumentAsync("test::parcel", "p-1", """{"id":"p-1","grams":7}""", "v2");

        (await Parcels.GetAsync("p-1")).Weight!.Grams.ShouldBe(7);
    }

    [Fact]
    public async Task GetAsync_OfANewerSchema_NamesBothVersions()
    {
        await _domain.PutDocumentAsync("test::parcel", "p-1", """{"id":"p-1"}""", "v4");

        var error = await Should.ThrowAsync<MessageFormatException>(async () => await Parcels.GetAsync("p-1"));

        error.Message.ShouldContain("newer schema (version 4) than this program knows (version 3)");
    }

    [Fact]
    public void Create_WithAnUpcasterMissing_NamesAggregateAndVersion()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", d =>
        {
            d.Aggregate<Parcel>().Upcast(1, _ => { });
            d.UseInMemory();
        }));

        error.Findings.Single().ShouldContain("Parcel has schema version 3 but no upcaster from version 2");
    }

    [Fact]
    public void Create_WithAnUpcasterTooMany_NamesAggregateAndVersion()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", d =>
        {
            d.Aggregate<Parcel>().Upcast(1, _ => { }).Upcast(2, _ => { }).Upcast(3, _ => { });
            d.UseInMemory();
        }));

        error.Findings.Single().ShouldContain("Parcel has an upcaster from version 3");
    }

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    private static Domain Make(UnknownMemberPolicy unknownMembers) => Domain.Create("Test", d =>
    {
        d.UnknownMembers = unknownMembers;
        d.Aggregate<Parcel>()
            .Upcast(2, json =>
            {
                json["weight"] = new System.Text.Json.Nodes.JsonObject { ["grams"] = json["grams"]!.DeepClone() };
                json.Remove("grams");
            })
            .Upcast(1, json =>
            {
                json["grams"] = json["kilos"]!.GetValue<int>() * 1000;
                json.Remove("kilos");
            });
        d.UseInMemory();
    });

    public sealed record Weight
    {
        public Weight(int grams) => Grams = grams > 0 ? grams : throw new ArgumentOutOfRangeException(nameof(grams), "a weight is positive");

        public int Grams { get; }
    }

    public readonly record struct ScannerId(Guid Value) : ITypedId;

    [SchemaVersion(3)]
    public sealed class Parcel : Aggregate
    {
        private readonly Dictionary<ScannerId, int> _scans = [];

        public Weight? Weight { get; private set; }

        public Seal? Seal { get; private set; }

        public string Priority { get; private set; } = "normal";

        public IReadOnlyDictionary<ScannerId, int> Scans => _scans;
    }

    public sealed class Seal(int number) : Entity
    {
        public int Number { get; } = number;
    }
}
