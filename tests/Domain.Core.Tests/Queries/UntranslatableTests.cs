using System.Linq.Expressions;
using Shouldly;
using Xunit;

namespace Protean.Tests.Queries;

/// <summary>What cannot be asked of a store is refused, with the part that it is.</summary>
public sealed class UntranslatableTests
{
    [Fact]
    public Task Or_IsRefused() => Refuses(i => i.Flag && (i.Count == 1 || i.Count == 2), "i.Count == 1", "OrElse", "joined by &&");

    [Fact]
    public Task Not_OfAComparison_IsRefused() => Refuses(i => !(i.Count == 1), "Not((i.Count == 1))");

    [Fact]
    public Task Call_OfAMethod_IsRefused() => Refuses(i => i.Name.StartsWith('a'), "i.Name.StartsWith(a)", "joined by &&");

    [Fact]
    public Task Call_InsideAComparison_IsRefused() => Refuses(i => i.Name.Trim() == "a", "i.Name.Trim()", "one side must be a member");

    [Fact]
    public Task Call_OfAListMethod_IsRefused() => Refuses(i => i.Tags.Contains("x"), "i.Tags.Contains(\"x\")");

    [Fact]
    public Task Constant_IsRefused() => Refuses(i => true, "True");

    [Fact]
    public Task Members_ComparedWithEachOther_AreRefused() => Refuses(i => i.Count == i.Other, "(i.Count == i.Other)", "not with another member");

    [Fact]
    public Task Member_InTheValue_IsRefused() => Refuses(i => i.Count == i.Other + 1, "i.Other + 1", "not with another member");

    [Fact]
    public Task Arithmetic_OnAMember_IsRefused() => Refuses(i => i.Count + 1 == 2, "(i.Count + 1)", "one side must be a member");

    [Fact]
    public Task Conversion_ThatLosesDecimals_IsRefused() => Refuses(i => (int)i.Price == 1, "Convert(i.Price", "one side must be a member");

    [Fact]
    public Task Conversion_ThatLosesBits_IsRefused() => Refuses(i => (byte)i.Count == 1, "Convert(i.Count");

    [Fact]
    public Task Conversion_ThatLosesTheSign_IsRefused() => Refuses(i => unchecked((uint)i.Count) == 1u, "Convert(i.Count");

    [Fact]
    public Task Conversion_OfADateTime_IsRefused() => Refuses(i => (DateTimeOffset)i.Moment == DateTimeOffset.UnixEpoch, "Convert(i.Moment");

    [Fact]
    public Task Property_OfAText_IsRefused() => Refuses(i => i.Name.Length > 1, "i.Name.Length", "String.Length is not stored");

    [Fact]
    public Task Property_OfADate_IsRefused() => Refuses(i => i.Day.Year == 2024, "i.Day.Year", "DateOnly.Year is not stored");

    [Fact]
    public Task Property_OfAList_IsRefused() => Refuses(i => i.Tags.Count == 0, "i.Tags.Count");

    [Fact]
    public Task HasValue_IsRefused() => Refuses(i => i.Maybe.HasValue, "i.Maybe.HasValue", "compare it with null");

    [Fact]
    public Task Property_Computed_IsRefused() => Refuses(i => i.Doubled == 2, "i.Doubled", "Item.Doubled is not stored");

    [Fact]
    public Task Property_Ignored_IsRefused() => Refuses(i => i.Ignored == 1, "Item.Ignored is not stored");

    [Fact]
    public Task Property_OfTheFramework_IsRefused() => Refuses(i => i.Version == 1, "Item.Version is not stored");

    [Fact]
    public Task Object_ComparedWithAnObject_IsRefused() => Refuses(i => i.Address == new Address("Bonn", 1), "i.Address", "stored as objects or lists");

    [Fact]
    public Task Range_OfAnEnum_IsRefused() => Refuses(i => i.Color > Color.Red, "i.Color", "values of type Color", "no such order");

    [Fact]
    public Task Range_OfATimeSpan_IsRefused() => Refuses(i => i.Duration > TimeSpan.Zero, "i.Duration", "values of type TimeSpan");

    [Fact]
    public Task Range_OfAVersion_IsRefused() => Refuses(i => i.Version2 > new Version(1, 0), "i.Version2", "values of type Version");

    [Fact]
    public async Task OrderBy_OfAnEnum_IsRefused()
    {
        await using var domain = await Items.CreateAsync();

        var error = await Should.ThrowAsync<UntranslatableExpressionException>(async () => await domain.Repository<Item>().QueryAsync(null, q => q.OrderBy(i => i.Color)));

        error.Part.ShouldBe("i.Color");
    }

    [Fact]
    public async Task OrderBy_OfAComputation_IsRefused()
    {
        await using var domain = await Items.CreateAsync();

        await Should.ThrowAsync<UntranslatableExpressionException>(async () => await domain.Repository<Item>().QueryAsync(null, q => q.OrderBy(i => i.Count + 1)));
    }

    [Fact]
    public async Task Query_OfAnEventSourcedAggregate_IsRefused()
    {
        await using var domain = Domain.Create("Test", d => d.UseInMemory().Aggregate<Ledger>());
        var ledgers = domain.Repository<Ledger>();

        (await Should.ThrowAsync<NotSupportedException>(async () => await ledgers.QueryAsync())).Message.ShouldContain("Ledger is event-sourced");
        await Should.ThrowAsync<NotSupportedException>(async () => await ledgers.CountAsync());
        await Should.ThrowAsync<NotSupportedException>(async () => await ledgers.FindByAsync(l => l.Total == 1));
    }

    [Fact]
    public async Task Query_OfATypeThatIsNotDeclared_IsRefused()
    {
        await using var domain = await Items.CreateAsync();

        Should.Throw<InvalidOperationException>(() => domain.Repository<Ledger>()).Message.ShouldContain("domain.Aggregate<Ledger>()");
        Should.Throw<InvalidOperationException>(() => domain.View<Address>()).Message.ShouldContain("domain.Projection<Address>()");
    }

    private static async Task Refuses(Expression<Func<Item, bool>> where, params string[] parts)
    {
        var error = await Items.ShouldRefuseAsync(where);
        foreach (var part in parts)
            error.Message.ShouldContain(part, Case.Sensitive);
    }

    public sealed class Ledger : EventSourcedAggregate
    {
        public int Total { get; private set; }
    }
}
