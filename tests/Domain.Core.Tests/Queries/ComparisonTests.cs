using Shouldly;
using Xunit;

namespace Protean.Tests.Queries;

/// <summary>What can be asked of members: the store finds what the same predicate finds among objects.</summary>
public sealed class ComparisonTests
{
    private static readonly OwnerId Ann = new(Guid.Parse("0193aaaa-0000-7000-8000-000000000001"));
    private static readonly OwnerId Ben = new(Guid.Parse("0193aaaa-0000-7000-8000-000000000002"));
    private static readonly DateTimeOffset Noon = new(2024, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly int Two = 2;

    private readonly Item[] _items =
    [
        new("a")
        {
            Name = "alpha", Nick = null, Count = 1, Big = 10_000_000_000, Price = 1.10m, Weight = 0.1, Flag = true, Maybe = null, MaybeFlag = null,
            Color = Color.Red, Shade = null, Level = Level.Low, Letter = 'a', Owner = Ann, Parent = null, Serial = new(9), Reference = Ann.Value,
            At = Noon, Day = new(2024, 6, 1), Moment = new(2024, 6, 1, 0, 0, 0, DateTimeKind.Utc), Duration = TimeSpan.FromHours(1), Version2 = new(1, 10),
            Address = new("Bonn", 53111), Home = null, Inner = 1, Secret = 1,
        },
        new("b")
        {
            Name = "Beta", Nick = "b", Count = 2, Big = 20_000_000_000, Price = 1.9m, Weight = 1e-7, Flag = false, Maybe = 2, MaybeFlag = true,
            Color = Color.Green, Shade = Color.Red, Level = Level.High, Letter = 'b', Owner = Ben, Parent = Ann, Serial = new(10), Reference = Ben.Value,
            At = Noon.AddTicks(1), Day = new(2024, 6, 10), Moment = new(2024, 6, 10, 0, 0, 0, DateTimeKind.Utc), Duration = TimeSpan.FromHours(2), Version2 = new(1, 9),
            Address = new("Köln", 50667), Home = new("Berlin", 10115, new("Bern", 3000)), Inner = 2, Secret = 2,
        },
        new("c")
        {
            Name = "gamma", Nick = "", Count = -3, Big = -1, Price = 10m, Weight = 1e300, Flag = true, Maybe = 10, MaybeFlag = false,
            Color = Color.Blue, Shade = Color.Blue, Level = Level.Low, Letter = 'c', Owner = Ann, Parent = Ben, Serial = new(100), Reference = Guid.Empty,
            At = Noon.ToOffset(TimeSpan.FromHours(5)).AddDays(30), Day = new(2024, 10, 1), Moment = new(2024, 10, 1, 0, 0, 0, DateTimeKind.Utc), Duration = TimeSpan.FromDays(1),
            Address = new("Aachen", 52062), Home = new("Bonn", 53111), Inner = 3, Secret = 3,
        },
    ];

    [Fact]
    public Task Equal_OfANumber_Finds() => _items.ShouldFindAsync(i => i.Count == 2, "b");

    [Fact]
    public Task NotEqual_OfANumber_Finds() => _items.ShouldFindAsync(i => i.Count != 2, "a", "c");

    [Fact]
    public Task Less_OfANumber_Finds() => _items.ShouldFindAsync(i => i.Count < 1, "c");

    [Fact]
    public Task LessOrEqual_OfANumber_Finds() => _items.ShouldFindAsync(i => i.Count <= 1, "a", "c");

    [Fact]
    public Task Greater_OfANumber_Finds() => _items.ShouldFindAsync(i => i.Count > 1, "b");

    [Fact]
    public Task GreaterOrEqual_OfANumber_Finds() => _items.ShouldFindAsync(i => i.Count >= 1, "a", "b");

    [Fact]
    public Task Less_TheValueFirst_IsTurnedRound() => _items.ShouldFindAsync(i => 1 < i.Count, "b");

    [Fact]
    public Task LessOrEqual_TheValueFirst_IsTurnedRound() => _items.ShouldFindAsync(i => 1 <= i.Count, "a", "b");

    [Fact]
    public Task Greater_TheValueFirst_IsTurnedRound() => _items.ShouldFindAsync(i => 1 > i.Count, "c");

    [Fact]
    public Task GreaterOrEqual_TheValueFirst_IsTurnedRound() => _items.ShouldFindAsync(i => 1 >= i.Count, "a", "c");

    [Fact]
    public Task Equal_TheValueFirst_Finds() => _items.ShouldFindAsync(i => "Beta" == i.Name, "b");

    [Fact]
    public Task And_OfSeveral_AllMustHold() => _items.ShouldFindAsync(i => i.Flag && i.Count < 2 && i.Name != "gamma" && i.Owner == Ann, "a");

    [Fact]
    public Task And_ARangeOnOneMember_HasBothEnds() => _items.ShouldFindAsync(i => i.Price > 1.1m && i.Price < 10, "b");

    [Fact]
    public Task Value_ACapturedVariable_IsTaken()
    {
        var wanted = "alpha";
        return _items.ShouldFindAsync(i => i.Name == wanted, "a");
    }

    [Fact]
    public Task Value_APropertyOfACapturedObject_IsTaken()
    {
        var wanted = new { Nested = new Address("Bonn", 1) };
        return _items.ShouldFindAsync(i => i.Address.City == wanted.Nested.City, "a");
    }

    [Fact]
    public Task Value_AStaticFieldOrAComputation_IsTaken() => _items.ShouldFindAsync(i => i.Count == Two && i.Maybe == Math.Max(Two, 1), "b");

    [Fact]
    public Task Enum_OfAConstant_IsComparedByName() => _items.ShouldFindAsync(i => i.Color == Color.Blue, "c");

    [Fact]
    public Task Enum_OfAVariable_IsComparedByName()
    {
        var wanted = Color.Green;
        return _items.ShouldFindAsync(i => i.Color != wanted, "a", "c");
    }

    [Fact]
    public Task Enum_OfBytes_IsComparedByName() => _items.ShouldFindAsync(i => i.Level == Level.High, "b");

    [Fact]
    public Task Enum_Nullable_IsComparedByName() => _items.ShouldFindAsync(i => i.Shade == Color.Red, "b");

    [Fact]
    public Task Enum_NullableWithNull_IsFound() => _items.ShouldFindAsync(i => i.Shade == null, "a");

    [Fact]
    public Task Bool_TheMemberItself_IsTrue() => _items.ShouldFindAsync(i => i.Flag, "a", "c");

    [Fact]
    public Task Bool_TheMemberNegated_IsFalse() => _items.ShouldFindAsync(i => !i.Flag, "b");

    [Fact]
    public Task Bool_ComparedWithAVariable_Finds()
    {
        var wanted = false;
        return _items.ShouldFindAsync(i => i.Flag == wanted, "b");
    }

    [Fact]
    public Task Bool_Nullable_IsNeitherWhenNull() => _items.ShouldFindAsync(i => i.MaybeFlag == false, "c");

    [Fact]
    public Task Null_OfAText_IsFound() => _items.ShouldFindAsync(i => i.Nick == null, "a");

    [Fact]
    public Task Null_NotEqual_FindsTheOthers() => _items.ShouldFindAsync(i => i.Nick != null, "b", "c");

    [Fact]
    public Task Null_InAVariable_IsFound()
    {
        int? wanted = null;
        return _items.ShouldFindAsync(i => i.Maybe == wanted, "a");
    }

    [Fact]
    public Task Null_OfAnObject_IsFound() => _items.ShouldFindAsync(i => i.Home == null, "a");

    [Fact]
    public Task Nullable_NotEqualToAValue_FindsNullToo() => _items.ShouldFindAsync(i => i.Maybe != 2, "a", "c");

    [Fact]
    public Task Nullable_Range_LeavesNullOut() => _items.ShouldFindAsync(i => i.Maybe < 5, "b");

    [Fact]
    public Task Nullable_ItsValue_IsTheMember() => _items.ShouldFindAsync(i => i.Maybe != null && i.Maybe.Value > 2, "c");

    [Fact]
    public Task TypedId_Itself_IsCompared() => _items.ShouldFindAsync(i => i.Owner == Ann, "a", "c");

    [Fact]
    public Task TypedId_ItsValue_IsTheMember() => _items.ShouldFindAsync(i => i.Owner.Value == Ben.Value, "b");

    [Fact]
    public Task TypedId_ItsValueInARange_IsComparedAsWhatItIs() => _items.ShouldFindAsync(i => i.Serial.Value > 9, "b", "c");

    [Fact]
    public Task TypedId_ConvertedToItsValue_IsTheMember() => _items.ShouldFindAsync(i => i.Serial == 10L, "b");

    [Fact]
    public Task TypedId_Nullable_IsCompared() => _items.ShouldFindAsync(i => i.Parent == Ann, "b");

    [Fact]
    public Task Member_Nested_IsFollowed() => _items.ShouldFindAsync(i => i.Address.Zip > 52000, "a", "c");

    [Fact]
    public async Task Member_NestedInNull_IsNull()
    {
        await using var domain = await Items.CreateAsync(_items);

        (await domain.Repository<Item>().GetByAsync(i => i.Home!.Other!.City == "Bern")).Id.ShouldBe("b");
        (await domain.Repository<Item>().CountAsync(i => i.Home!.City != "Berlin")).ShouldBe(2);
    }

    [Fact]
    public Task Member_WithAnotherJsonName_IsFound() => _items.ShouldFindAsync(i => i.Inner == 2, "b");

    [Fact]
    public Task Member_BehindAField_IsFound() => _items.ShouldFindAsync(i => i.Secret == 3, "c");

    [Fact]
    public Task Member_TheId_IsFound() => _items.ShouldFindAsync(i => i.Id == "b", "b");

    [Fact]
    public Task Char_IsComparedAsAText() => _items.ShouldFindAsync(i => i.Letter == 'b', "b");

    [Fact]
    public Task Char_InARange_IsComparedAsAText() => _items.ShouldFindAsync(i => i.Letter >= 'b', "b", "c");

    [Fact]
    public Task Decimal_InARange_IsComparedByValue() => _items.ShouldFindAsync(i => i.Price >= 1.1m && i.Price < 9, "a", "b");

    [Fact]
    public Task Double_InARange_IsComparedByValue() => _items.ShouldFindAsync(i => i.Weight > 1e-7, "a", "c");

    [Fact]
    public Task Long_InARange_IsComparedByValue() => _items.ShouldFindAsync(i => i.Big < 20_000_000_000, "a", "c");

    [Fact]
    public Task Long_ComparedWithAnInt_Finds() => _items.ShouldFindAsync(i => i.Big < Two, "c");

    [Fact]
    public Task Int_ComparedWithALong_Finds()
    {
        var wanted = 2L;
        return _items.ShouldFindAsync(i => i.Count == wanted, "b");
    }

    [Fact]
    public Task DateTimeOffset_InARange_IsComparedAsAnInstant() => _items.ShouldFindAsync(i => i.At > Noon, "b", "c");

    [Fact]
    public Task DateTimeOffset_OfAnotherOffset_IsTheSameInstant()
    {
        var elsewhere = Noon.ToOffset(TimeSpan.FromHours(-7));
        return _items.ShouldFindAsync(i => i.At == elsewhere, "a");
    }

    [Fact]
    public Task DateOnly_InARange_IsComparedByDate()
    {
        var day = new DateOnly(2024, 6, 9);
        return _items.ShouldFindAsync(i => i.Day > day, "b", "c");
    }

    [Fact]
    public Task DateTime_InARange_IsComparedByTime()
    {
        var moment = new DateTime(2024, 6, 10, 0, 0, 0, DateTimeKind.Utc);
        return _items.ShouldFindAsync(i => i.Moment <= moment, "a", "b");
    }

    [Fact]
    public Task Guid_InARange_HasTheOrderOfItsText() => _items.ShouldFindAsync(i => i.Reference > Ann.Value, "b");

    [Fact]
    public Task TimeSpan_Equal_Finds()
    {
        var hour = TimeSpan.FromHours(1);
        return _items.ShouldFindAsync(i => i.Duration == hour, "a");
    }

    [Fact]
    public Task Version_Equal_Finds()
    {
        var version = new Version(1, 9);
        return _items.ShouldFindAsync(i => i.Version2 == version, "b");
    }

    [Fact]
    public Task Equals_OfAText_IsAComparison() => _items.ShouldFindAsync(i => i.Name.Equals("alpha"), "a");

    [Fact]
    public Task Equals_OfAGuid_IsAComparison() => _items.ShouldFindAsync(i => i.Reference.Equals(Ben.Value), "b");

    [Fact]
    public Task Text_IsComparedWithItsCase() => _items.ShouldFindAsync(i => i.Name == "beta");

    [Fact]
    public Task Text_Empty_IsNotNull() => _items.ShouldFindAsync(i => i.Nick == "", "c");
}
