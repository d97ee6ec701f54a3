using System.Text.Json.Serialization;
using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

public sealed class EntityTests : IAsyncDisposable
{
    private readonly Domain _domain = Domain.Create("Test", d =>
    {
        d.Aggregate<Cart>();
        d.Aggregate<Depot>().Raises<Checked>();
        d.Aggregate<Loop>().Raises<Checked>();
        d.UseInMemory();
    });

    private IRepository<Cart> Carts => _domain.Repository<Cart>();

    private IRepository<Depot> Depots => _domain.Repository<Depot>();

    [Fact]
    public void Raise_OfAnEntityThatAnEventHasMade_GoesThroughTheRoot()
    {
        var cart = new Cart("c-1");
        cart.Add("pen");

        cart.Lines[0].Count(3);

        cart.RaisedEvents.ShouldBe([new LineAdded("pen"), new LineCounted("pen", 3)]);
        cart.Lines[0].Quantity.ShouldBe(3);
    }

    [Fact]
    public async Task Raise_OfAnEntityOfALoadedAggregate_GoesThroughTheRoot()
    {
        var cart = new Cart("c-1");
        cart.Add("pen");
        await Carts.SaveAsync(cart);
        var loaded = await Carts.GetAsync("c-1");

        loaded.Lines[0].Count(3);
        await Carts.SaveAsync(loaded);

        (await Carts.GetAsync("c-1")).Lines[0].Quantity.ShouldBe(3);
    }

    [Fact]
    public void Raise_OfAnEntityWithoutARoot_NamesEntityAndEvent()
    {
        var line = new Line("pen");

        var error = Should.Throw<InvalidOperationException>(() => line.Count(1));

        error.Message.ShouldContain("Line raised LineCounted but belongs to no aggregate yet");
    }

    [Fact]
    public async Task Raise_OfAnEntityHandedToOwn_GoesThroughTheRoot()
    {
        var depot = new Depot("d-1");

        depot.PutAndCheck(new Crate("x"));
        await Depots.SaveAsync(depot);

        (await _domain.StreamAsync("test::depot-d-1")).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("field")]
    [InlineData("list")]
    [InlineData("dictionary")]
    [InlineData("set")]
    [InlineData("array")]
    [InlineData("nested")]
    public async Task Raise_OfALoadedEntity_GoesThroughTheRootWhereverItStands(string where)
    {
        await Depots.SaveAsync(Depot.Full());
        var depot = await Depots.GetAsync("d-1");

        depot.Find(where).Check();

        depot.RaisedEvents.ShouldBe([new Checked(where)]);
    }

    [Theory]
    [InlineData("field")]
    [InlineData("list")]
    [InlineData("dictionary")]
    [InlineData("set")]
    [InlineData("array")]
    [InlineData("nested")]
    public async Task SaveAsync_WithABrokenRuleOfAnEntity_ThrowsWhereverItStands(string where)
    {
        await Depots.SaveAsync(Depot.Full());
        var depot = await Depots.GetAsync("d-1");
        depot.Find(where).Empty();

        var error = await Should.ThrowAsync<ValidationException>(async () => await Depots.SaveAsync(depot));

        error.Violations.Single().Message.ShouldBe($"{where} is not empty");
    }

    [Fact]
    public void Raise_WithEntitiesThatContainEachOther_SaysHowToBreakTheCycle()
    {
        var loop = new Loop();

        var error = Should.Throw<InvalidOperationException>(loop.Close);

        error.Message.ShouldContain("Node");
        error.Message.ShouldContain("[JsonIgnore]");
    }

    [Fact]
    public async Task SaveAsync_WithEntitiesThatContainEachOther_StoresNothing()
    {
        var loop = new Loop();
        loop.CloseSilently();

        await Should.ThrowAsync<InvalidOperationException>(async () => await _domain.Repository<Loop>().SaveAsync(loop));

        (await _domain.SnapshotAsync("test::loop", "l-1")).ShouldBe((0, null));
    }

    [Fact]
    public async Task GetAsync_OfAnEntityWithAnIgnoredWayBack_Succeeds()
    {
        var loop = new Loop();
        loop.LinkBack();
        await _domain.Repository<Loop>().SaveAsync(loop);

        (await _domain.Repository<Loop>().GetAsync("l-1")).First!.Next.ShouldNotBeNull();
    }

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    public sealed record LineAdded(string Sku) : IDomainEvent;

    public sealed record LineCounted(string Sku, int Quantity) : IDomainEvent;

    public sealed record Checked(string Name) : IDomainEvent;

    public sealed class Cart : EventSourcedAggregate
    {
        private readonly List<Line> _lines = [];

        public Cart(string id) => Id = id;

        Cart()
        {
        }

        public IReadOnlyList<Line> Lines => _lines;

        public void Add(string sku) => Raise(new LineAdded(sku));

        void Apply(LineAdded e) => _lines.Add(new Line(e.Sku));

        void Apply(LineCounted e) => _lines.Single(l => l.Id == e.Sku).Set(e.Quantity);
    }

    public sealed class Line : Entity<string>
    {
        public Line(string sku) => Id = sku;

        public int Quantity { get; private set; }

        public void Count(int quantity) => Raise(new LineCounted(Id, quantity));

        public void Set(int quantity) => Quantity = quantity;
    }

    public sealed class Depot : Aggregate
    {
        private readonly List<Crate> _list = [];
        private readonly Dictionary<string, Crate> _dictionary = [];
        private readonly HashSet<Crate> _set = [];
        private Crate[] _array = [];
        private Crate? _field;

        public Depot(string id) => Id = id;

        Depot()
        {
        }

        public static Depot Full()
        {
            var depot = new Depot("d-1") { _field = new("field"), _array = [new("array")] };
            depot._list.Add(new("list") { Inner = new("nested") });
            depot._dictionary.Add("key", new("dictionary"));
            depot._set.Add(new("set"));
            return depot;
        }

        public Crate Find(string name) =>
            new[] { _field!, _list[0], _list[0].Inner!, _dictionary["key"], _set.Single(), _array[0] }.Single(c => c.Id == name);

        public void PutAndCheck(Crate crate)
        {
            _list.Add(Own(crate));
            crate.Check();
        }
    }

    public sealed class Crate : Entity<string>
    {
        private bool _empty;

        public Crate(string name) => Id = name;

        public Crate? Inner { get; init; }

        public void Check() => Raise(new Checked(Id));

        public void Empty() => _empty = true;

        [Invariant]
        void NotEmpty() => Ensure(!_empty, $"{Id} is not empty");
    }

    public sealed class Loop : Aggregate
    {
        public Loop() => Id = "l-1";

        public Node? First { get; private set; }

        public void CloseSilently()
        {
            First = new Node();
            First.Next = new Node { Next = First };
        }

        public void Close()
        {
            CloseSilently();
            Raise(new Checked("loop"));
        }

        public void LinkBack()
        {
            First = new Node();
            First.Next = new Node { Back = First };
        }
    }

    public sealed class Node : Entity
    {
        public Node? Next { get; set; }

        [JsonIgnore]
        public Node? Back { get; set; }
    }
}
