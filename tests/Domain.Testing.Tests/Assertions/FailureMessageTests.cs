using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests
{
    public sealed class FailureMessageTests
    {
        [Fact]
        public async Task Scenario_OtherEvents_ShowsThemSideBySide()
        {
            await using var test = Bookshop.Create();

            var failure = await Should.ThrowAsync<DomainAssertionException>(async () => await test
                .Given(new OrderPlaced("o-1", "b-1", 10)).And(Stock.Count("b-1", 100)).When(new ShipOrder("o-1")).Drained()
                .Then(new OrderPlaced("o-1", "Käse & \"Brot\"", 1), new OrderShipped("o-1", "b-1", 10), new StockWithdrawn("b-1", 10, 91)));

            failure.Message.ShouldBe("""
                The events that were raised differ: 3 were expected, and there are 2.
                    expected                       | actual
                  ! OrderPlaced {                  |
                  !   "orderId": "o-1",            |
                  !   "bookId": "Käse & \"Brot\"", |
                  !   "quantity": 1                |
                  ! }                              |
                    OrderShipped {                 | OrderShipped {
                      "orderId": "o-1",            |   "orderId": "o-1",
                      "bookId": "b-1",             |   "bookId": "b-1",
                      "quantity": 10               |   "quantity": 10
                    }                              | }
                    StockWithdrawn {               | StockWithdrawn {
                      "bookId": "b-1",             |   "bookId": "b-1",
                      "quantity": 10,              |   "quantity": 10,
                  !   "left": 91                   |   "left": 90
                    }                              | }
                """, StringCompareShould.IgnoreLineEndings);
        }

        [Fact]
        public async Task Scenario_AnotherView_ShowsBothSideBySide()
        {
            await using var test = Bookshop.Create();

            var failure = await Should.ThrowAsync<DomainAssertionException>(async () => await test
                .Given(Stock.Count("b-1", 3)).When(new PlaceOrder("o-1", "b-1", 1)).Drained().ThenView<StockLevel>("b-1", null));

            failure.Message.ShouldBe("""
                StockLevel 'b-1' differs.
                    expected  | actual
                  ! (nothing) | StockLevel {
                  !           |   "bookId": "b-1",
                  !           |   "left": 3
                  !           | }
                """, StringCompareShould.IgnoreLineEndings);
        }

        [Fact]
        public void AggregateSpec_AnotherError_ShowsBothSideBySide()
        {
            var failure = Should.Throw<DomainAssertionException>(() =>
                AggregateSpec.Given(Stock.Count("b-1", 3)).When(s => s.Withdraw(4)).ThenThrows<ArgumentException>("too many"));

            failure.Message.ShouldBe("""
                The error differs.
                    expected                      | actual
                  ! ArgumentException: …too many… | ValidationException: Stock: stock cannot go below zero
                """, StringCompareShould.IgnoreLineEndings);
        }

        [Fact]
        public void AggregateSpec_ALongText_GoesOnBelow()
        {
            var text = new string('x', 100);

            var failure = Should.Throw<DomainAssertionException>(() => Raising(new Noted(text + "a", [], 1m)).Then(new Noted(text + "b", [], 1m)));

            failure.Message.Split('\n').ShouldAllBe(line => line.Length < 160);
        }

        [Fact]
        public void Then_ListsOfEqualContent_AreTheSame() => Raising(new Noted("n", ["a", "b"], 1m)).Then(new Noted("n", ["a", "b"], 1m));

        [Fact]
        public void Then_ListsOfOtherContent_Differ() =>
            Should.Throw<DomainAssertionException>(() => Raising(new Noted("n", ["a", "b"], 1m)).Then(new Noted("n", ["b", "a"], 1m)));

        [Fact]
        public void Then_EqualNumbersWrittenDifferently_AreTheSame()
        {
            IReadOnlyList<string> tags = ["a"];

            Raising(new Noted("n", tags, 1.0m)).Then(new Noted("n", tags, 1.00m));
        }

        [Fact]
        public void Then_AnotherTypeOfTheSameName_DiffersAndIsToldApart()
        {
            var failure = Should.Throw<DomainAssertionException>(() => Raising(new Noted("n", [], 1m)).Then(new Elsewhere.Noted("n", [], 1m)));

            failure.Message.ShouldContain("Protean.Tests.Elsewhere.Noted {");
        }

        private static AggregateSpec<Notebook> Raising(Noted noted) => AggregateSpec.Given<Notebook>("n-1").When(n => n.Note(noted));

        public sealed record Noted(string Text, IReadOnlyList<string> Tags, decimal Weight) : IDomainEvent;

        public sealed class Notebook : EventSourcedAggregate
        {
            public int Notes { get; private set; }

            public void Note(Noted noted) => Raise(noted);

            void Apply(Noted _) => Notes++;
        }
    }
}

namespace Protean.Tests.Elsewhere
{
    public sealed record Noted(string Text, IReadOnlyList<string> Tags, decimal Weight) : IDomainEvent;
}
