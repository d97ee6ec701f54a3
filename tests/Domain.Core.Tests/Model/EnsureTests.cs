using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

public sealed class EnsureTests : IAsyncDisposable
{
    private readonly Domain _domain = Domain.Create("Test", d =>
    {
        d.Aggregate<Seat>().Raises<Booked>();
        d.UseInMemory();
    });

    private IRepository<Seat> Seats => _domain.Repository<Seat>();

    [Fact]
    public void Ensure_OfWhatDoesNotHold_NamesOwnerMethodAndRule()
    {
        var seat = new Seat("s-1");

        var error = Should.Throw<ValidationException>(() => seat.Book(""));

        error.Violations.ShouldBe([new Violation("Seat", "Book", "a guest has a name")]);
    }

    [Fact]
    public async Task Ensure_BeforeAnythingChanged_LeavesALoadedInstanceUsable()
    {
        await Seats.SaveAsync(new Seat("s-1"));
        var seat = await Seats.GetAsync("s-1");
        Should.Throw<ValidationException>(() => seat.Book(""));

        seat.Book("Ada");
        await Seats.SaveAsync(seat);

        (await Seats.GetAsync("s-1")).Guest.ShouldBe("Ada");
    }

    [Fact]
    public void Ensure_BeforeAnythingChangedSinceTheLastRaise_LeavesTheInstanceUsable()
    {
        var seat = new Seat("s-1");
        seat.Book("Ada");
        Should.Throw<ValidationException>(() => seat.Book(""));

        seat.Book("Bob");

        seat.RaisedEvents.ShouldBe([new Booked("Ada"), new Booked("Bob")]);
    }

    [Fact]
    public async Task Ensure_AfterPartOfTheStateChanged_BreaksALoadedInstance()
    {
        await Seats.SaveAsync(new Seat("s-1"));
        var seat = await Seats.GetAsync("s-1");

        Should.Throw<ValidationException>(() => seat.BookCarelessly(""));

        Should.Throw<BrokenAggregateException>(() => seat.Book("Ada"));
    }

    [Fact]
    public async Task SaveAsync_AfterAnEnsureThatFailedHalfWay_IsRefusedAndStoresNothing()
    {
        await Seats.SaveAsync(new Seat("s-1"));
        var seat = await Seats.GetAsync("s-1");
        var before = await _domain.SnapshotAsync("test::seat", "s-1");
        Should.Throw<ValidationException>(() => seat.BookCarelessly(""));

        await Should.ThrowAsync<BrokenAggregateException>(async () => await Seats.SaveAsync(seat));

        (await _domain.SnapshotAsync("test::seat", "s-1")).ShouldBe(before);
    }

    [Fact]
    public void Ensure_AfterPartOfTheStateChangedSinceTheLastRaise_BreaksTheInstance()
    {
        var seat = new Seat("s-1");
        seat.Book("Ada");

        Should.Throw<ValidationException>(() => seat.BookCarelessly(""));

        Should.Throw<BrokenAggregateException>(() => seat.Book("Bob"));
    }

    [Fact]
    public async Task Ensure_InAnEntityThatHadChanged_BreaksTheRoot()
    {
        await Seats.SaveAsync(new Seat("s-1"));
        var seat = await Seats.GetAsync("s-1");

        Should.Throw<ValidationException>(() => seat.Cushion.Dye("")).Violations.Single().Owner.ShouldBe("Cushion");

        Should.Throw<BrokenAggregateException>(() => seat.Book("Ada"));
    }

    [Fact]
    public async Task Ensure_InARuleAtSave_SaysWhichRuleWasBroken()
    {
        await Seats.SaveAsync(new Seat("s-1"));
        var seat = await Seats.GetAsync("s-1");
        seat.Cushion.Flatten();
        await Should.ThrowAsync<ValidationException>(async () => await Seats.SaveAsync(seat));

        var error = Should.Throw<BrokenAggregateException>(() => seat.Book("Ada"));

        error.Message.ShouldContain("a cushion is soft");
    }

    [Fact]
    public void EnsureAll_OfSeveralThatDoNotHold_ReportsAllOfThem()
    {
        var seat = new Seat("s-1");

        var error = Should.Throw<ValidationException>(() => seat.Move(row: 0, column: 0));

        error.Violations.Select(v => v.Message).ShouldBe(["a row is 1 or more", "a column is 1 or more"]);
    }

    [Fact]
    public void EnsureAll_OfRulesThatHold_DoesNothing()
    {
        var seat = new Seat("s-1");

        seat.Move(row: 1, column: 2);

        seat.Row.ShouldBe(1);
    }

    [Fact]
    public async Task EnsureAll_AfterPartOfTheStateChanged_BreaksTheInstance()
    {
        await Seats.SaveAsync(new Seat("s-1"));
        var seat = await Seats.GetAsync("s-1");

        Should.Throw<ValidationException>(() => seat.MoveCarelessly(row: 5, column: 0));

        Should.Throw<BrokenAggregateException>(() => seat.Book("Ada"));
    }

    [Fact]
    public async Task Ensure_InADomainWithItsOwnJson_DoesNotTakeTheFormatForAChange()
    {
        await using var domain = Domain.Create("Test", d =>
        {
            d.Json(o => o.PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.SnakeCaseLower);
            d.Json(o => o.Converters.Add(new System.Text.Json.Serialization.JsonStringEnumConverter(System.Text.Json.JsonNamingPolicy.KebabCaseLower)));
            d.Aggregate<Seat>().Raises<Booked>();
            d.UseInMemory();
        });
        var unit = domain.BeginUnitOfWork();
        var seat = new Seat("s-1");
        seat.Book("Ada");
        unit.Repository<Seat>().Add(seat);

        Should.Throw<ValidationException>(() => seat.Book(""));

        Should.NotThrow(() => seat.Book("Bob"));
    }

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    public enum Comfort
    {
        VerySoft,
        VeryFlat,
    }

    public sealed record Booked(string Guest) : IDomainEvent;

    public sealed class Seat : Aggregate
    {
        public Seat(string id) => Id = id;

        Seat()
        {
        }

        public string Guest { get; private set; } = "";

        public int Row { get; private set; } = 1;

        public int Column { get; private set; } = 1;

        public Cushion Cushion { get; private set; } = new();

        public void Book(string guest)
        {
            Ensure(guest.Length > 0, "a guest has a name");
            Guest = guest;
            Raise(new Booked(guest));
        }

        public void BookCarelessly(string guest)
        {
            Guest = guest + "?";
            Ensure(guest.Length > 0, "a guest has a name");
            Raise(new Booked(guest));
        }

        public void Move(int row, int column)
        {
            EnsureAll((row > 0, "a row is 1 or more"), (column > 0, "a column is 1 or more"));
            (Row, Column) = (row, column);
        }

        public void MoveCarelessly(int row, int column)
        {
            Row = row;
            EnsureAll((column > 0, "a column is 1 or more"));
            Column = column;
        }
    }

    public sealed class Cushion : Entity
    {
        public string Colour { get; private set; } = "red";

        public Comfort Comfort { get; private set; }

        public void Dye(string colour)
        {
            Colour = colour;
            Ensure(colour.Length > 0, "a colour has a name");
        }

        public void Flatten() => Comfort = Comfort.VeryFlat;

        [Invariant]
        void Soft() => Ensure(Comfort == Comfort.VerySoft, "a cushion is soft");
    }
}
