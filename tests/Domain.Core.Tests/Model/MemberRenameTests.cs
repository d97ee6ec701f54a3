using System.Text.Json.Serialization;
using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

/// <summary>Members of stored JSON that have another name today.</summary>
public sealed class MemberRenameTests : IAsyncDisposable
{
    private readonly Domain _domain = Domain.Create("Test", d =>
    {
        d.Aggregate<Person>();
        d.Event<Moved>();
        d.UseInMemory();
    });

    [Fact]
    public async Task GetAsync_OfARenamedProperty_FindsItsFormerName() =>
        (await LoadAsync("""{"id":"p-1","surname":"Lovelace"}""")).FamilyName.ShouldBe("Lovelace");

    [Fact]
    public async Task GetAsync_OfARenamedField_FindsItsFormerName() =>
        (await LoadAsync("""{"id":"p-1","years":36}""")).Age.ShouldBe(36);

    [Fact]
    public async Task GetAsync_OfAMemberUnderBothNames_TakesThePresentOne() =>
        (await LoadAsync("""{"id":"p-1","surname":"Byron","familyName":"Lovelace"}""")).FamilyName.ShouldBe("Lovelace");

    [Fact]
    public async Task GetAsync_OfARenamedMemberInAValueObject_FindsItsFormerName() =>
        (await LoadAsync("""{"id":"p-1","home":{"town":"London"}}""")).Home!.City.ShouldBe("London");

    [Fact]
    public async Task GetAsync_OfARenamedMemberInAListOfEntities_FindsItsFormerName() =>
        (await LoadAsync("""{"id":"p-1","pets":[{"title":"Rex"},{"name":"Tom"}]}""")).Pets.Select(p => p.Name).ShouldBe(["Rex", "Tom"]);

    [Fact]
    public async Task GetAsync_OfARenamedMemberInTheValuesOfADictionary_FindsItsFormerName() =>
        (await LoadAsync("""{"id":"p-1","places":{"work":{"town":"Paris"}}}""")).Places["work"].City.ShouldBe("Paris");

    [Fact]
    public async Task GetAsync_OfADictionaryKeyThatLooksLikeAFormerName_LeavesItAlone() =>
        (await LoadAsync("""{"id":"p-1","places":{"town":{"city":"Paris"}}}""")).Places.Keys.ShouldBe(["town"]);

    [Fact]
    public async Task GetAsync_OfARenamedMemberInAListOfLists_FindsItsFormerName() =>
        (await LoadAsync("""{"id":"p-1","trips":[[{"town":"Rome"}]]}""")).Trips[0][0].City.ShouldBe("Rome");

    [Fact]
    public async Task GetAsync_OfARenamedMemberInADerivedType_FindsItsFormerName() =>
        (await LoadAsync("""{"id":"p-1","vehicle":{"$type":"bike","wheels":3}}""")).Vehicle.ShouldBe(new Bike(3));

    [Fact]
    public async Task GetAsync_OfAFormerNameWrittenAsInCSharp_FindsIt() =>
        (await LoadAsync("""{"id":"p-1","givenName":"Ada"}""")).FirstName.ShouldBe("Ada");

    [Fact]
    public async Task Read_OfARenamedRecordParameter_FindsItsFormerName()
    {
        var moved = await ReadAsync("""{"personId":"p-1","target":{"town":"Ulm"}}""");

        moved.ShouldBe(new Moved("p-1", new Place("Ulm")));
    }

    [Fact]
    public async Task Read_OfARenamedPropertyOfARecord_FindsItsFormerName()
    {
        var moved = await ReadAsync("""{"personId":"p-1","to":{"city":"Ulm"},"remark":"by train"}""");

        moved.Note.ShouldBe("by train");
    }

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    private async Task<Person> LoadAsync(string json)
    {
        await _domain.PutDocumentAsync("test::person", "p-1", json);
        return await _domain.Repository<Person>().GetAsync("p-1");
    }

    private async Task<Moved> ReadAsync(string json)
    {
        await _domain.PutMessageAsync("test::person-p-1", "Test.Moved.v1", json);
        return (Moved)_domain.Read((await _domain.LogAsync())[0])!;
    }

    public sealed record Moved(string PersonId, [FormerName("target")] Place To) : IDomainEvent
    {
        [FormerName("remark")]
        public string? Note { get; init; }
    }

    public sealed record Place([FormerName("town")] string City);

    [JsonDerivedType(typeof(Bike), "bike")]
    public abstract record Vehicle;

    public sealed record Bike([FormerName("wheels")] int WheelCount) : Vehicle;

    public sealed class Person : Aggregate
    {
        private readonly List<Pet> _pets = [];
        private readonly Dictionary<string, Place> _places = [];
        private readonly List<List<Place>> _trips = [];
        [FormerName("years")]
        private int _age;

        [FormerName("surname")]
        public string FamilyName { get; private set; } = "";

        [FormerName("GivenName")]
        public string FirstName { get; private set; } = "";

        public Vehicle? Vehicle { get; private set; }

        public Place? Home { get; private set; }

        public int Age => _age;

        public IReadOnlyList<Pet> Pets => _pets;

        public IReadOnlyDictionary<string, Place> Places => _places;

        public IReadOnlyList<IReadOnlyList<Place>> Trips => _trips;

        public void Birthday() => _age++;
    }

    public sealed class Pet : Entity
    {
        [FormerName("title")]
        public string Name { get; private set; } = "";
    }
}
