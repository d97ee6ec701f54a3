using Shouldly;
using Xunit;

namespace Protean.Tests.Queries;

/// <summary>The order, the page and the number of what is found.</summary>
public sealed class QueryShapeTests
{
    private readonly Item[] _items =
    [
        new("d") { Count = 2, Name = "Z", Maybe = 1 },
        new("a") { Count = 2, Name = "a", Maybe = null },
        new("c") { Count = 10, Name = "B", Maybe = 20 },
        new("b") { Count = 1, Name = "z", Maybe = 3 },
    ];

    [Fact]
    public async Task Query_WithoutAnOrder_ComesByKey() =>
        (await IdsAsync(q => q)).ShouldBe(["a", "b", "c", "d"]);

    [Fact]
    public async Task OrderBy_ANumber_IsByValueAndThenByKey() =>
        (await IdsAsync(q => q.OrderBy(i => i.Count))).ShouldBe(["b", "a", "d", "c"]);

    [Fact]
    public async Task OrderByDescending_ANumber_StillEndsByKey() =>
        (await IdsAsync(q => q.OrderByDescending(i => i.Count))).ShouldBe(["c", "a", "d", "b"]);

    [Fact]
    public async Task OrderBy_Twice_TheSecondCountsWithinTheFirst() =>
        (await IdsAsync(q => q.OrderBy(i => i.Count).OrderByDescending(i => i.Name))).ShouldBe(["b", "a", "d", "c"]);

    [Fact]
    public async Task OrderBy_AText_IsByCodePoint() =>
        (await IdsAsync(q => q.OrderBy(i => i.Name))).ShouldBe(["c", "d", "a", "b"]);

    [Fact]
    public async Task OrderBy_ANullable_HasNullFirst() =>
        (await IdsAsync(q => q.OrderBy(i => i.Maybe))).ShouldBe(["a", "d", "b", "c"]);

    [Fact]
    public async Task OrderBy_ANestedMember_IsFollowed() =>
        (await IdsAsync(q => q.OrderByDescending(i => i.Address.Zip).OrderByDescending(i => i.Id))).ShouldBe(["d", "c", "b", "a"]);

    [Fact]
    public async Task SkipAndTake_CutThePageOutOfTheOrder() =>
        (await IdsAsync(q => q.OrderBy(i => i.Count).Skip(1).Take(2))).ShouldBe(["a", "d"]);

    [Fact]
    public async Task Skip_BeyondTheEnd_FindsNothing() =>
        (await IdsAsync(q => q.Skip(4))).ShouldBeEmpty();

    [Fact]
    public void Take_Zero_IsRefused() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new Query<Item>().Take(0));

    [Fact]
    public void Skip_Negative_IsRefused() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new Query<Item>().Skip(-1));

    [Fact]
    public async Task Count_WithoutACondition_CountsAll()
    {
        await using var domain = await Items.CreateAsync(_items);

        (await domain.Repository<Item>().CountAsync()).ShouldBe(4);
    }

    [Fact]
    public async Task GetBy_One_ReturnsIt()
    {
        await using var domain = await Items.CreateAsync(_items);

        (await domain.Repository<Item>().GetByAsync(i => i.Count == 10)).Id.ShouldBe("c");
    }

    [Fact]
    public async Task GetBy_None_SaysWhatWasAskedFor()
    {
        await using var domain = await Items.CreateAsync(_items);

        var error = await Should.ThrowAsync<AggregateNotFoundException>(async () => await domain.Repository<Item>().GetByAsync(i => i.Count == 11));

        error.Message.ShouldBe("There is no Item where (i.Count == 11).");
    }

    [Fact]
    public async Task GetBy_Several_IsRefused()
    {
        await using var domain = await Items.CreateAsync(_items);

        var error = await Should.ThrowAsync<InvalidOperationException>(async () => await domain.Repository<Item>().GetByAsync(i => i.Count == 2));

        error.Message.ShouldContain("Several Item match (i.Count == 2)");
    }

    [Fact]
    public async Task FindBy_None_IsNull()
    {
        await using var domain = await Items.CreateAsync(_items);

        (await domain.Repository<Item>().FindByAsync(i => i.Count == 11)).ShouldBeNull();
    }

    [Fact]
    public async Task Query_AsTheFirstCallOfAUnitOfWork_MakesTheStoreReady()
    {
        await using var domain = await Items.CreateAsync();

        (await domain.BeginUnitOfWork().Repository<Item>().QueryAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Count_AsTheFirstCallOfAUnitOfWork_MakesTheStoreReady()
    {
        await using var domain = await Items.CreateAsync();

        (await domain.BeginUnitOfWork().Repository<Item>().CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Query_OfAUnitOfWorkThatHasEnded_IsRefused()
    {
        await using var domain = await Items.CreateAsync();
        var unit = domain.BeginUnitOfWork();
        var items = unit.Repository<Item>();
        await unit.CommitAsync();

        await Should.ThrowAsync<InvalidOperationException>(async () => await items.QueryAsync());
        await Should.ThrowAsync<InvalidOperationException>(async () => await items.CountAsync());
    }

    private async Task<IEnumerable<string>> IdsAsync(Func<Query<Item>, Query<Item>> shape)
    {
        await using var domain = await Items.CreateAsync(_items);
        return (await domain.Repository<Item>().QueryAsync(null, shape)).Select(i => i.Id);
    }
}
