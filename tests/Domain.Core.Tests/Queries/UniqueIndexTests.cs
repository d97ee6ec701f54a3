using Shouldly;
using Xunit;

namespace Protean.Tests.Queries;

/// <summary>Values that no two documents may share.</summary>
public sealed class UniqueIndexTests
{
    [Fact]
    public async Task Unique_TheSameValueTwice_IsRefusedAndNotStored()
    {
        await using var domain = Create(a => a.Unique(i => i.Name));
        var items = domain.Repository<Item>();
        await items.SaveAsync(new Item("1") { Name = "same" });

        var error = await Should.ThrowAsync<DuplicateValueException>(async () => await items.SaveAsync(new Item("2") { Name = "same" }));

        error.Index.ShouldBe("name");
        error.Key.ShouldBe("2");
        error.Collection.ShouldBe("test::item");
        (await items.CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Unique_Null_IsExempt()
    {
        await using var domain = Create(a => a.Unique(i => i.Nick));
        var items = domain.Repository<Item>();

        await items.SaveAsync(new Item("1"));
        await items.SaveAsync(new Item("2"));

        (await items.CountAsync(i => i.Nick == null)).ShouldBe(2);
    }

    [Fact]
    public async Task Unique_AValueGivenUp_IsFree()
    {
        await using var domain = Create(a => a.Unique(i => i.Name));
        var items = domain.Repository<Item>();
        var first = new Item("1") { Name = "same" };
        await items.SaveAsync(first);
        first.Name = "other";
        await items.SaveAsync(first);

        await items.SaveAsync(new Item("2") { Name = "same" });

        (await items.GetByAsync(i => i.Name == "same")).Id.ShouldBe("2");
    }

    [Fact]
    public async Task Unique_SeveralMembers_CountTogether()
    {
        await using var domain = Create(a => a.Unique(i => new { i.Name, i.Count }));
        var items = domain.Repository<Item>();
        await items.SaveAsync(new Item("1") { Name = "same", Count = 1 });
        await items.SaveAsync(new Item("2") { Name = "same", Count = 2 });

        var error = await Should.ThrowAsync<DuplicateValueException>(async () => await items.SaveAsync(new Item("3") { Name = "same", Count = 2 }));

        error.Index.ShouldBe("name_count");
    }

    [Fact]
    public async Task Unique_ANestedMember_Counts()
    {
        await using var domain = Create(a => a.Unique(i => i.Address.Zip));
        var items = domain.Repository<Item>();
        await items.SaveAsync(new Item("1") { Address = new("Bonn", 53111) });

        var error = await Should.ThrowAsync<DuplicateValueException>(async () => await items.SaveAsync(new Item("2") { Address = new("Köln", 53111) }));

        error.Index.ShouldBe("address_zip");
    }

    [Fact]
    public async Task Index_ThatIsNotUnique_RefusesNothing()
    {
        await using var domain = Create(a => a.Index(i => i.Name).Index(i => new { i.Count, i.Name }));
        var items = domain.Repository<Item>();

        await items.SaveAsync(new Item("1") { Name = "same" });
        await items.SaveAsync(new Item("2") { Name = "same" });

        domain.Model.Aggregates[typeof(Item)].Indexes.ShouldAllBe(i => !i.Unique);
        (await items.CountAsync(i => i.Name == "same")).ShouldBe(2);
    }

    [Fact]
    public async Task Unique_FoundByItsValueAndMore_HoldsTheRestToo()
    {
        await using var domain = Create(a => a.Unique(i => i.Name));
        var items = domain.Repository<Item>();
        await items.SaveAsync(new Item("1") { Name = "same", Count = 1 });

        (await items.FindByAsync(i => i.Name == "same" && i.Count == 2)).ShouldBeNull();
        (await items.FindByAsync(i => i.Name == "same" && i.Count == 1)).ShouldNotBeNull();
    }

    private static Domain Create(Action<AggregateBuilder<Item>> index) => Domain.Create("Test", d =>
    {
        index(d.Aggregate<Item>());
        d.UseInMemory();
    });
}
