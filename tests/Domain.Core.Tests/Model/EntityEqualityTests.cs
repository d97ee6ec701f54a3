using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

public sealed class EntityEqualityTests
{
    [Fact]
    public void Equals_WithTheSameTypeAndId_IsTrue() => new Apple(1, "red").Equals(new Apple(1, "green")).ShouldBeTrue();

    [Fact]
    public void Equals_WithAnotherId_IsFalse() => new Apple(1, "red").Equals(new Apple(2, "red")).ShouldBeFalse();

    [Fact]
    public void Equals_WithAnotherType_IsFalse() => new Apple(1, "red").Equals((object)new Pear(1)).ShouldBeFalse();

    [Fact]
    public void Equals_WithoutAnId_IsTheSameInstanceOnly()
    {
        var apple = new Apple(0, "red");

        (apple.Equals(apple), apple.Equals(new Apple(0, "red"))).ShouldBe((true, false));
    }

    [Fact]
    public void Equals_WithNothing_IsFalse() => new Apple(1, "red").Equals((object?)null).ShouldBeFalse();

    [Fact]
    public void GetHashCode_OfEqualEntities_IsTheSame() =>
        new Apple(1, "red").GetHashCode().ShouldBe(new Apple(1, "green").GetHashCode());

    [Fact]
    public void HashSet_OfEntities_HoldsEachIdOnce() =>
        new HashSet<Apple> { new(1, "red"), new(1, "green"), new(2, "red") }.Count.ShouldBe(2);

    private sealed class Apple : Entity<int>
    {
        public Apple(int id, string colour) => (Id, Colour) = (id, colour);

        public string Colour { get; }
    }

    private sealed class Pear : Entity<int>
    {
        public Pear(int id) => Id = id;
    }
}
