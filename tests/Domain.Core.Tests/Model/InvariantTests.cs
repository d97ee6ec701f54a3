using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

public sealed class InvariantTests : IAsyncDisposable
{
    private readonly Domain _domain = Domain.Create("Test", d =>
    {
        d.Aggregate<Shelf>().Raises<Stocked>();
        d.UseInMemory();
    });

    private IRepository<Shelf> Shelves => _domain.Repository<Shelf>();

    [Fact]
    public void Raise_WithABrokenRule_ThrowsWhatTheRuleSays()
    {
        var shelf = new Shelf("s-1");

        var error = Should.Throw<ValidationException>(() => shelf.Stock(-1));

        error.Violations.ShouldBe([new Violation("Shelf", "NeverNegative", "stock cannot go below zero")]);
    }

    [Fact]
    public void Raise_WithSeveralBrokenRules_ReportsThemTogether()
    {
        var shelf = new Shelf("s-1");

        var error = Should.Throw<ValidationException>(() => shelf.Stock(-1, label: ""));

        error.Violations.Select(v => v.Rule).ShouldBe(["NeverNegative", "Labelled"], ignoreOrder: true);
    }

    [Fact]
    public void Raise_WithBrokenRulesOfRootAndEntities_ReportsThemTogether()
    {
        var shelf = new Shelf("s-1");
        shelf.Add(new Box(width: 0));
        shelf.Add(new Box(width: 2, content: new Item(weight: 0)));

        var error = Should.Throw<ValidationException>(() => shelf.Stock(-1));

        error.Violations.Select(v => v.Owner).ShouldBe(["Shelf", "Box", "Item"]);
    }

    [Fact]
    public void Raise_AfterABrokenRule_IsRefused()
    {
        var shelf = new Shelf("s-1");
        Should.Throw<ValidationException>(() => shelf.Stock(-1));

        var error = Should.Throw<BrokenAggregateException>(() => shelf.Stock(5));

        error.Message.ShouldContain("Shelf 's-1'");
        error.Message.ShouldContain("stock cannot go below zero");
    }

    [Fact]
    public async Task SaveAsync_AfterABrokenRule_IsRefusedAndStoresNothing()
    {
        await Shelves.SaveAsync(new Shelf("s-1"));
        var shelf = await Shelves.GetAsync("s-1");
        var before = await _domain.SnapshotAsync("test::shelf", "s-1");
        Should.Throw<ValidationException>(() => shelf.Stock(-1));

        await Should.ThrowAsync<BrokenAggregateException>(async () => await Shelves.SaveAsync(shelf));

        (await _domain.SnapshotAsync("test::shelf", "s-1")).ShouldBe(before);
    }

    [Fact]
    public async Task SaveAsync_OfAChangeWithoutAnEvent_ChecksTheRules()
    {
        await Shelves.SaveAsync(new Shelf("s-1"));
        var shelf = await Shelves.GetAsync("s-1");
        shelf.SetSilently(-1);

        await Should.ThrowAsync<ValidationException>(async () => await Shelves.SaveAsync(shelf));

        (await Shelves.GetAsync("s-1")).InStock.ShouldBe(0);
    }

    [Fact]
    public async Task SaveAsync_OfANewAggregateWithoutAnEvent_ChecksTheRulesOfItsEntities()
    {
        var shelf = new Shelf("s-1");
        shelf.Add(new Box(width: 0));

        await Should.ThrowAsync<ValidationException>(async () => await Shelves.SaveAsync(shelf));

        (await Shelves.ExistsAsync("s-1")).ShouldBeFalse();
    }

    [Fact]
    public async Task GetAsync_OfAStateThatNoLongerMeetsTheRules_LoadsIt()
    {
        await _domain.PutDocumentAsync("test::shelf", "s-1", """{"id":"s-1","inStock":-5,"label":"old"}""");

        var shelf = await Shelves.GetAsync("s-1");

        shelf.InStock.ShouldBe(-5);
    }

    [Fact]
    public async Task Raise_ThatRepairsAStateThatNoLongerMeetsTheRules_Succeeds()
    {
        await _domain.PutDocumentAsync("test::shelf", "s-1", """{"id":"s-1","inStock":-5,"label":"old"}""");
        var shelf = await Shelves.GetAsync("s-1");

        shelf.Stock(5);
        await Shelves.SaveAsync(shelf);

        (await Shelves.GetAsync("s-1")).InStock.ShouldBe(0);
    }

    [Fact]
    public void Raise_WithARuleThatFailsItself_BreaksTheInstance()
    {
        var shelf = new Shelf("s-1");
        Should.Throw<DivideByZeroException>(() => shelf.Stock(13));

        Should.Throw<BrokenAggregateException>(() => shelf.Stock(1));
    }

    [Fact]
    public void Raise_WithinARule_IsRefused()
    {
        var shelf = new RaisingShelf();

        var error = Should.Throw<InvalidOperationException>(shelf.Stock);

        error.Message.ShouldContain(nameof(Stocked));
        error.Message.ShouldContain("rule");
    }

    [Fact]
    public void Raise_WithABrokenRuleOfABaseClass_Throws()
    {
        var shelf = new ColdShelf();

        var error = Should.Throw<ValidationException>(() => shelf.Set(temperature: 50, label: ""));

        error.Violations.Select(v => v.Rule).ShouldBe(["Cold", "Labelled"], ignoreOrder: true);
    }

    [Fact]
    public void Raise_WithAnOverriddenRule_ChecksTheOverrideOnce()
    {
        var shelf = new ColdShelf();

        var error = Should.Throw<ValidationException>(() => shelf.Set(temperature: -100, label: "x"));

        error.Violations.Select(v => v.Message).ShouldBe(["not below -80"]);
    }

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    public sealed record Stocked(int Quantity) : IDomainEvent;

    public sealed class Shelf : Aggregate
    {
        private readonly List<Box> _boxes = [];

        public Shelf(string id) => Id = id;

        Shelf()
        {
        }

        public int InStock { get; private set; }

        public string Label { get; private set; } = "new";

        public void Stock(int quantity, string label = "full")
        {
            InStock += quantity;
            Label = label;
            Raise(new Stocked(quantity));
        }

        public void SetSilently(int quantity) => InStock = quantity;

        public void Add(Box box) => _boxes.Add(box);

        [Invariant]
        public void NeverNegative() => Ensure(InStock >= 0, "stock cannot go below zero");

        [Invariant]
        void Labelled() => Ensure(Label.Length > 0, "a shelf has a label");

        [Invariant]
        void FailsOnThirteen() => _ = 1 / (InStock - 13);
    }

    public sealed class Box(int width, Item? content = null) : Entity
    {
        public int Width { get; private set; } = width;

        public Item? Content { get; private set; } = content;

        [Invariant]
        void NotFlat() => Ensure(Width > 0, "a box has a width");
    }

    public sealed class Item(int weight) : Entity
    {
        public int Weight { get; private set; } = weight;

        [Invariant]
        void NotWeightless() => Ensure(Weight > 0, "an item has a weight");
    }

    public sealed class RaisingShelf : Aggregate
    {
        public void Stock() => Raise(new Stocked(1));

        [Invariant]
        void Raises() => Raise(new Stocked(2));
    }

    public abstract class LabelledShelf : Aggregate
    {
        protected int Temperature { get; set; }

        protected string Label { get; set; } = "";

        [Invariant]
        protected virtual void NotTooCold() => Ensure(Temperature > -20, "not below -20");

        [Invariant]
        void Labelled() => Ensure(Label.Length > 0, "a shelf has a label");
    }

    public sealed class ColdShelf : LabelledShelf
    {
        public void Set(int temperature, string label)
        {
            Temperature = temperature;
            Label = label;
            Raise(new Stocked(0));
        }

        protected override void NotTooCold() => Ensure(Temperature > -80, "not below -80");

        [Invariant]
        void Cold() => Ensure(Temperature < 8, "not above 8");
    }
}
