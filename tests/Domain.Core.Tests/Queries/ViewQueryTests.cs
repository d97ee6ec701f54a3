using System.Text.Json.Serialization;
using Shouldly;
using Xunit;

namespace Protean.Tests.Queries;

/// <summary>The documents of projections can be asked for like aggregates.</summary>
public sealed class ViewQueryTests
{
    [Fact]
    public async Task Query_AConditionAndAnOrder_FindsTheDocuments()
    {
        await using var domain = await CreateAsync();

        var found = await domain.View<Shelf>().QueryAsync(s => s.Books > 1 && s.Room.Floor == 2, q => q.OrderByDescending(s => s.Books));

        found.Select(s => s.Id).ShouldBe(["c", "b"]);
    }

    [Fact]
    public async Task Count_ACondition_CountsTheDocuments()
    {
        await using var domain = await CreateAsync();

        (await domain.View<Shelf>().CountAsync(s => s.Kind == Color.Blue)).ShouldBe(2);
    }

    [Fact]
    public async Task Query_AMemberWithAnotherJsonName_IsFound()
    {
        await using var domain = await CreateAsync();

        (await domain.View<Shelf>().QueryAsync(s => s.Label == "B")).ShouldHaveSingleItem().Id.ShouldBe("b");
    }

    [Fact]
    public async Task Query_AMemberThatIsIgnored_IsRefused()
    {
        await using var domain = await CreateAsync();

        var error = await Should.ThrowAsync<UntranslatableExpressionException>(() => domain.View<Shelf>().QueryAsync(s => s.Hidden == 1));

        error.Message.ShouldContain("Shelf.Hidden is not stored");
    }

    [Fact]
    public async Task Query_AComputedMember_IsFoundBecauseItIsStored()
    {
        await using var domain = await CreateAsync();

        (await domain.View<Shelf>().CountAsync(s => s.Pages >= 300)).ShouldBe(2);
    }

    [Fact]
    public async Task Unique_OnADocument_RefusesTheEventsCommit()
    {
        await using var domain = await CreateAsync();

        var error = await Should.ThrowAsync<DuplicateValueException>(async () => await domain.Repository<Library>().SaveAsync(Library.Of(new ShelfBuilt("d", 1, 1, Color.Red, "B"))));

        error.Collection.ShouldBe("test::shelf:view");
        (await domain.View<Shelf>().GetAsync("d")).ShouldBeNull();
    }

    private static async Task<Domain> CreateAsync()
    {
        var domain = Domain.Create("Test", d =>
        {
            d.EventProcessing = EventProcessing.Inline;
            d.Aggregate<Library>();
            d.Projection<Shelf>().From<Library>().Unique(s => s.Label).Index(s => s.Room.Floor)
                .Create<ShelfBuilt>(e => e.Id, e => new(e.Id, e.Books, new(e.Floor), e.Kind, e.Label));
            d.UseInMemory();
        });
        await domain.Repository<Library>().SaveAsync(Library.Of(
            new("a", 1, 2, Color.Red, "A"), new("b", 2, 2, Color.Blue, "B"), new("c", 3, 2, Color.Blue, "C"), new("e", 9, 1, Color.Red, "E")));
        return domain;
    }

    public sealed record ShelfBuilt(string Id, int Books, int Floor, Color Kind, string Label) : IDomainEvent;

    public sealed record Room(int Floor);

    public sealed record Shelf(string Id, int Books, Room Room, Color Kind, [property: JsonPropertyName("l")] string Label)
    {
        [JsonIgnore]
        public int Hidden { get; init; }

        public int Pages => Books * 100;
    }

    public sealed class Library : Aggregate
    {
        public static Library Of(params ShelfBuilt[] shelves)
        {
            var library = new Library { Id = Guid.NewGuid().ToString() };
            foreach (var shelf in shelves)
                library.Raise(shelf);
            return library;
        }
    }
}
