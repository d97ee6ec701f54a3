using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

public sealed class AggregateIdTests
{
    [Fact]
    public void From_OfEachType_IsWhatItsConversionSays()
    {
        var guid = Guid.CreateVersion7();

        AggregateId.From(guid).ShouldBe((AggregateId)guid);
        AggregateId.From(7).ShouldBe((AggregateId)7);
        AggregateId.From(7L).ShouldBe((AggregateId)7L);
        AggregateId.From("x").ShouldBe((AggregateId)"x");
    }

    [Fact]
    public void From_OfAGuid_IsLowerCaseWithDashes() =>
        AggregateId.From(new Guid("0194F3A0-5C5E-7000-8000-00000000000A")).Text.ShouldBe("0194f3a0-5c5e-7000-8000-00000000000a");

    [Fact]
    public void From_OfATypedId_IsTheTextOfItsValue()
    {
        AggregateId.From(new GuidKey(new Guid("0194F3A0-5C5E-7000-8000-00000000000A"))).Text.ShouldBe("0194f3a0-5c5e-7000-8000-00000000000a");
        AggregateId.From(new TextKey("x")).Text.ShouldBe("x");
        AggregateId.From(new IntKey(-3)).Text.ShouldBe("-3");
        AggregateId.From(new LongKey(long.MaxValue)).Text.ShouldBe("9223372036854775807");
    }

    [Fact]
    public void From_OfATypedIdWithAStaticMemberOfItsInnerType_TakesTheValue() =>
        AggregateId.From(new PrefixedKey("x")).Text.ShouldBe("x");

    [Fact]
    public void From_OfAnUnusableType_NamesTheTypeAndTheWayOut()
    {
        var error = Should.Throw<InvalidAggregateIdException>(() => AggregateId.From(1.5m));

        error.Message.ShouldContain("Decimal");
        error.Message.ShouldContain(nameof(ITypedId));
    }

    [Fact]
    public void Equals_OfIdsWithTheSameText_IsTrue()
    {
        AggregateId number = 7;
        AggregateId text = "7";

        (number == text, number != text, number.GetHashCode() == text.GetHashCode()).ShouldBe((true, false, true));
    }

    [Fact]
    public void Equals_OfIdsThatDifferInCase_IsFalse() => ((AggregateId)"a" == (AggregateId)"A").ShouldBeFalse();

    [Fact]
    public void New_OverTime_NeverSortsBackwards()
    {
        var made = Enumerable.Range(0, 5000).Select(_ => AggregateId.New().Text).ToArray();

        // The first 48 bits are the milliseconds.
        made.Select(id => id[..13]).ShouldBeInOrder(SortDirection.Ascending, StringComparer.Ordinal);
        made.ShouldBeUnique();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Checked_WithoutCharacters_NamesTheOwner(string? text)
    {
        AggregateId id = text;

        Should.Throw<InvalidAggregateIdException>(() => id.Checked("Order")).Message.ShouldBe("The id of Order has no characters: give it an id before it is used.");
    }

    [Fact]
    public void Checked_OfGuidEmpty_IsRefusedHoweverItWasGiven()
    {
        AggregateId id = Guid.Empty;

        Should.Throw<InvalidAggregateIdException>(() => id.Checked("Order"));
        Should.Throw<InvalidAggregateIdException>(() => AggregateId.From(Guid.Empty).Checked("Order"));
        Should.Throw<InvalidAggregateIdException>(() => AggregateId.From(default(GuidKey)).Checked("Order"));
    }

    [Fact]
    public void Checked_OfTwoHundredCharacters_IsTaken() => ((AggregateId)new string('x', 200)).Checked("Order").Length.ShouldBe(200);

    [Fact]
    public void Checked_OfMoreThanTwoHundredCharacters_SaysHowMany()
    {
        AggregateId id = new string('x', 201);

        var error = Should.Throw<InvalidAggregateIdException>(() => id.Checked("Order"));

        error.Message.ShouldContain("Order has 201 characters");
        error.Owner.ShouldBe("Order");
    }

    [Fact]
    public async Task SaveAsync_OfEachTypeOfId_ComesBackFromTheStreamName()
    {
        await using var domain = Domain.Create("Test", d =>
        {
            d.Aggregate<Thing<Guid>>().StreamCategory("guid");
            d.Aggregate<Thing<int>>().StreamCategory("int");
            d.Aggregate<Thing<long>>().StreamCategory("long");
            d.Aggregate<Thing<string>>().StreamCategory("text");
            d.Aggregate<Thing<GuidKey>>().StreamCategory("guid_key");
            d.Aggregate<Thing<IntKey>>().StreamCategory("int_key");
            d.Aggregate<Thing<LongKey>>().StreamCategory("long_key");
            d.Aggregate<Thing<TextKey>>().StreamCategory("text_key");
            d.UseInMemory();
        });
        await domain.StartAsync();

        Holds<Guid>(id => id == Guid.Empty || ComesBack(domain, id));
        Holds<int>(id => ComesBack(domain, id));
        Holds<long>(id => ComesBack(domain, id));
        Holds<NonEmptyString>(id => id.Get.Length > 200 || id.Get.Contains('\0', StringComparison.Ordinal) || ComesBack(domain, id.Get));
        Holds<Guid>(id => id == Guid.Empty || ComesBack(domain, new GuidKey(id)));
        Holds<int>(id => ComesBack(domain, new IntKey(id)));
        Holds<long>(id => ComesBack(domain, new LongKey(id)));
        ComesBack(domain, new TextKey("ä-b/c::d")).ShouldBeTrue();
    }

    [Fact]
    public async Task GetAsync_OfAStreamWhoseIdIsNoGuid_NamesAggregateAndText()
    {
        await using var domain = Domain.Create("Test", d =>
        {
            d.Aggregate<Thing<Guid>>().StreamCategory("thing");
            d.UseInMemory();
        });
        await domain.PutMessageAsync("test::thing-seven", "Test.Made.v1", "{}");

        var error = await Should.ThrowAsync<InvalidAggregateIdException>(async () => await domain.Repository<Thing<Guid>>().GetAsync("seven"));

        error.Message.ShouldContain("is 'seven', which is not a Guid");
    }

    [Fact]
    public void Create_WithAnIdOfAnUnusableType_NamesAggregateAndType()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", d =>
        {
            d.Aggregate<Odd>();
            d.UseInMemory();
        }));

        error.Findings.Single().ShouldStartWith("The id of Odd has the type Decimal, which cannot be an id");
    }

    [Fact]
    public void Create_WithATypedIdOfTwoValues_NamesAggregateAndType()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", d =>
        {
            d.Aggregate<Paired>();
            d.UseInMemory();
        }));

        error.Findings.Single().ShouldStartWith("The id of Paired has the type PairKey, which cannot be an id");
    }

    private static void Holds<T>(Func<T, bool> holds) =>
        Check.One(Config.QuickThrowOnFailure.WithQuietOnSuccess(true), Prop.ForAll(holds));

    private static bool ComesBack<TId>(Domain domain, TId id) where TId : notnull
    {
        var things = domain.Repository<Thing<TId>>();
        var key = AggregateId.From(id);
        // The memory store completes at once.
        if (!things.ExistsAsync(key).AsTask().GetAwaiter().GetResult())
            things.SaveAsync(Thing<TId>.Make(id)).AsTask().GetAwaiter().GetResult();
        return things.GetAsync(key).AsTask().GetAwaiter().GetResult().Id.Equals(id);
    }

    public sealed record Made : IDomainEvent;

    public readonly record struct GuidKey(Guid Value) : ITypedId;

    public sealed record TextKey(string Value) : ITypedId;

    public readonly record struct IntKey(int Number) : ITypedId;

    public sealed record LongKey(long Number) : ITypedId;

    public readonly record struct PairKey(string Left, string Right) : ITypedId;

    public sealed record PrefixedKey(string Value) : ITypedId
    {
        public static string Prefix => "p";

        public string Display => Prefix + Value;
    }

    public sealed class Thing<TId> : EventSourcedAggregate<TId> where TId : notnull
    {
        public static Thing<TId> Make(TId id)
        {
            var thing = new Thing<TId> { Id = id };
            thing.Raise(new Made());
            return thing;
        }

        void Apply(Made e)
        {
        }
    }

    public sealed class Odd : Aggregate<decimal>;

    public sealed class Paired : Aggregate<PairKey>;
}
