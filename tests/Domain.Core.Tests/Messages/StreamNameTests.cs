using Shouldly;
using Xunit;

namespace Protean.Tests.Messages;

public sealed class StreamNameTests
{
    [Fact]
    public void Create_CategoryAndId_PutsThemTogether()
    {
        var stream = StreamName.Create("shop::order", "a-b");

        stream.Value.ShouldBe("shop::order-a-b");
        stream.Category.ShouldBe("shop::order");
        stream.Id.ToString().ShouldBe("a-b");
        stream.ToString().ShouldBe("shop::order-a-b");
    }

    [Theory]
    [InlineData("shop::order-1", "shop::order", "1")]
    [InlineData("shop::order:command-018f3c52-95a0-7cc0-b1a2-0123456789ab", "shop::order:command", "018f3c52-95a0-7cc0-b1a2-0123456789ab")]
    [InlineData("a--", "a", "-")]
    public void Parse_Name_TakesItApartAtTheFirstDash(string name, string category, string id)
    {
        var stream = StreamName.Parse(name);

        stream.Value.ShouldBe(name);
        stream.Category.ShouldBe(category);
        stream.Id.ToString().ShouldBe(id);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("order")]
    [InlineData("-1")]
    [InlineData("order-")]
    public void Parse_NoName_IsAnErrorThatSaysWhat(string? name)
    {
        var error = Should.Throw<InvalidStreamNameException>(() => StreamName.Parse(name!));

        error.Name.ShouldBe(name);
        StreamName.TryParse(name, out _).ShouldBeFalse();
    }

    [Fact]
    public void Parse_LongestParts_AreTaken()
    {
        var name = $"{new string('c', StreamName.MaxCategoryLength)}-{new string('i', StreamName.MaxIdLength)}";

        StreamName.Parse(name).Value.ShouldBe(name);
    }

    [Theory]
    [InlineData(StreamName.MaxCategoryLength + 1, 1)]
    [InlineData(1, StreamName.MaxIdLength + 1)]
    public void Parse_PartThatIsTooLong_IsAnError(int categoryLength, int idLength) =>
        Should.Throw<InvalidStreamNameException>(() => StreamName.Parse($"{new string('c', categoryLength)}-{new string('i', idLength)}"));

    [Theory]
    [InlineData("", "1")]
    [InlineData(null, "1")]
    [InlineData("a-b", "1")]
    [InlineData("a", "")]
    [InlineData("a", null)]
    public void Create_BadPart_IsAnError(string? category, string? id) =>
        Should.Throw<InvalidStreamNameException>(() => StreamName.Create(category!, id!));

    [Fact]
    public void Create_PartThatIsTooLong_IsAnError()
    {
        Should.Throw<InvalidStreamNameException>(() => StreamName.Create(new('c', StreamName.MaxCategoryLength + 1), "1"));
        Should.Throw<InvalidStreamNameException>(() => StreamName.Create("c", new('i', StreamName.MaxIdLength + 1)));
    }

    [Theory]
    [InlineData("user-018f3c52-95a0-7cc0-b1a2-0123456789ab", "user")]
    [InlineData("user", "user")]
    [InlineData("user:command", "user:command")]
    [InlineData("user:command-1", "user:command")]
    [InlineData("", "")]
    [InlineData(null, "")]
    public void Scenario_I62_CategoryOf_AnyText_IsWhatStandsBeforeTheFirstDash(string? name, string expected) =>
        StreamName.CategoryOf(name).ShouldBe(expected);

    [Fact]
    public void Equals_SameName_IsEqualHoweverItWasMade()
    {
        var created = StreamName.Create("a", "1");
        var parsed = StreamName.Parse("a-1");

        (created == parsed).ShouldBeTrue();
        created.GetHashCode().ShouldBe(parsed.GetHashCode());
        (created != StreamName.Parse("a-2")).ShouldBeTrue();
        created.Equals((object)StreamName.Parse("A-1")).ShouldBeFalse();
    }

    [Fact]
    public void Default_IsEmptyAndHarmless()
    {
        var none = default(StreamName);

        none.ToString().ShouldBe("");
        none.Id.IsEmpty.ShouldBeTrue();
        none.GetHashCode().ShouldBe(0);
        none.ShouldBe(default);
    }

    // Positions in partitions are stored: these numbers can never change.
    [Theory]
    [InlineData("", 820265767)]
    [InlineData("a", 2044768334)]
    [InlineData("shop::order-1", 1246369522)]
    [InlineData("shop::order-2", 987654230)]
    [InlineData("shop::order:command-018f3c52-95a0-7cc0-b1a2-0123456789ab", 2060659391)]
    [InlineData("Grüße-🌍", 615301718)]
    public void StableHash_Text_IsAlwaysTheSame(string text, int expected) => StreamName.StableHash(text).ShouldBe(expected);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(16)]
    public void StableHash_ManyStreams_SpreadEvenly(int partitions)
    {
        var counts = new int[partitions];
        for (var n = 0; n < 16_000; n++)
            counts[StreamName.StableHash($"shop::order-{n}") % partitions]++;

        counts.ShouldAllBe(count => Math.Abs(count - (16_000 / partitions)) < 16_000 / partitions / 5);
    }
}
