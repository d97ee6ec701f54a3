using System.Text.Json.Serialization;
using Shouldly;
using Xunit;
using static Protean.Tests.Registration.Startup;

namespace Protean.Tests.Registration;

/// <summary>What is found wrong with aggregates when a domain starts.</summary>
public sealed class AggregateFindingsTests
{
    [Fact]
    public void Aggregate_TwoOfOneCategory_AreReported() =>
        OnlyFindingOf(d =>
        {
            d.Aggregate<User>();
            d.Aggregate<Email>().StreamCategory("user");
        }).ShouldSay(typeof(User).FullName!, typeof(Email).FullName!, "'test::user'", ".StreamCategory(");

    [Fact]
    public void Aggregate_Abstract_IsReported() =>
        OnlyFindingOf(d => d.Aggregate<Vehicle>()).ShouldSay("Vehicle is abstract", "derive from it");

    [Fact]
    public void Aggregate_AnInvariantWithAResult_IsReported() =>
        OnlyFindingOf(d => d.Aggregate<Judging>()).ShouldSay("Judging.IsFine", "[Invariant]", "void IsFine()");

    [Fact]
    public void Aggregate_AnInvariantOfAnEntity_IsReportedToo() =>
        OnlyFindingOf(d => d.Aggregate<Basket>()).ShouldSay("Line.Check", "[Invariant]");

    [Fact]
    public void Aggregate_TwoFieldsOfOneName_AreReported() =>
        OnlyFindingOf(d => d.Aggregate<Twofold>()).ShouldSay("Twofold", "'count'", "[JsonIgnore]");

    [Fact]
    public void Aggregate_AnIdOfAnUnusableType_IsReported() =>
        OnlyFindingOf(d => d.Aggregate<Dated>()).ShouldSay("The id of Dated has the type DateTime", "use string, Guid, int or long", "ITypedId");

    [Fact]
    public void Aggregate_WithoutAConstructorForStoredInstances_IsReported() =>
        OnlyFindingOf(d => d.Aggregate<Needy>()).ShouldSay("Needy has no constructor without parameters", "it may be private");

    [Theory]
    [InlineData("Order")]
    [InlineData("manage-order")]
    [InlineData("größe")]
    [InlineData("$all")]
    [InlineData("two words")]
    public void Aggregate_ACategoryThatIsNone_IsReported(string category) =>
        OnlyFindingOf(d => d.Aggregate<User>().StreamCategory(category)).ShouldSay("Aggregate User", $"{category}'", "lower-case letters");

    [Fact]
    public void Aggregate_EventSourcedWithAnIndex_IsReported() =>
        OnlyFindingOf(d => d.Aggregate<Ledger>().Index(l => l.Total)).ShouldSay("Ledger is event-sourced", "projection");

    [Fact]
    public void Aggregate_StoredWithSnapshots_IsReported() =>
        OnlyFindingOf(d => d.Aggregate<User>().SnapshotEvery(10)).ShouldSay("User stores its state", ".SnapshotEvery(");

    [Fact]
    public void Aggregate_AStateThatIsNoJson_IsReported() =>
        OnlyFindingOf(d => d.Aggregate<Pointing>()).ShouldSay("Pointing", "cannot be stored as JSON", "[JsonIgnore]");

    [Fact]
    public void Aggregate_AGapInItsUpcasters_IsReported() =>
        OnlyFindingOf(d => d.Aggregate<Grown>().Upcast(1, _ => { })).ShouldSay("Grown has schema version 3", "from version 2", ".Upcast(2,");

    [Fact]
    public void Aggregate_AnUpcasterTooMany_IsReported() =>
        OnlyFindingOf(d => d.Aggregate<User>().Upcast(1, _ => { })).ShouldSay("User has an upcaster from version 1", "raise [SchemaVersion]");

    [Fact]
    public void Aggregate_ASchemaVersionBelowOne_IsReported() =>
        OnlyFindingOf(d => d.Aggregate<Unborn>()).ShouldSay("Unborn has [SchemaVersion(0)]", "versions begin with 1");

    [Fact]
    public void Index_OnWhatIsNotStored_IsReported() =>
        OnlyFindingOf(d => d.Aggregate<Measured>().Index(m => m.Doubled)).ShouldSay("An index of Measured cannot be made", "Measured.Doubled is not stored");

    [Fact]
    public void Index_DeclaredTwice_IsReported() =>
        OnlyFindingOf(d => d.Aggregate<User>().Index(u => u.Logins).Unique(u => u.Logins)).ShouldSay("User", "'logins' more than once", "remove one");

    [Fact]
    public void Index_OnAMemberWithAForeignLetter_IsReported() =>
        OnlyFindingOf(d => d.Aggregate<Measured>().Index(m => m.Größe)).ShouldSay("An index of Measured cannot be made", "größe", "[JsonPropertyName]");

    [Fact]
    public async Task Index_OnAMemberWithAnotherJsonName_NeedsNothingMore()
    {
        await using var domain = Domain.Create("Test", d => d.UseInMemory().Aggregate<Measured>().Index(m => m.Länge));

        domain.Model.Aggregates[typeof(Measured)].Indexes.ShouldHaveSingleItem().Name.ShouldBe("length");
    }

    public abstract class Vehicle : Aggregate;

    public sealed class Judging : Aggregate
    {
        [Invariant]
        bool IsFine() => true;
    }

    public sealed class Basket : Aggregate
    {
        public List<Line> Lines { get; } = [];
    }

    public sealed class Line : Entity<int>
    {
        [Invariant]
        void Check(int limit) => Ensure(limit > 0, "limit");
    }

    public sealed class Twofold : Aggregate
    {
        private readonly int _count = 1;

        public int Count { get; } = 2;

        public int Sum() => _count + Count;
    }

    public sealed class Dated : Aggregate<DateTime>;

    public sealed class Needy : Aggregate
    {
        public Needy(string id) => Id = id;
    }

    public sealed class Ledger : EventSourcedAggregate
    {
        public int Total { get; private set; }
    }

    public sealed class Pointing : Aggregate
    {
        public Arrow Target { get; private set; } = new("", "");
    }

    public sealed record Arrow([property: JsonPropertyName("b")] string A, string B);

    [SchemaVersion(3)]
    public sealed class Grown : Aggregate;

    [SchemaVersion(0)]
    public sealed class Unborn : Aggregate;

    public sealed class Measured : Aggregate
    {
        public int Size { get; private set; }

        public int Doubled => Size * 2;

        public int Größe { get; private set; }

        [JsonPropertyName("length")]
        public int Länge { get; private set; }
    }
}
