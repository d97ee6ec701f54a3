using System.Text.Json.Nodes;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

/// <summary>What goes wrong, or must not, while aggregates are loaded.</summary>
public sealed class LoadingTests
{
    public sealed record Laid(string Text) : IDomainEvent;

    [SchemaVersion(3)]
    public sealed record Painted(string Colour) : IDomainEvent;

    public sealed class Fragile : EventSourcedAggregate
    {
        public static Fragile Lay(string id, string text)
        {
            var fragile = new Fragile { Id = id };
            fragile.Raise(new Laid(text));
            return fragile;
        }

        void Apply(Laid e)
        {
            if (Version < 0 && Tripwire)
                throw new FormatException("no such text");
        }

        void Apply(Painted e) => ArgumentNullException.ThrowIfNull(e);
    }

    public sealed class Stone : Entity<string>
    {
        [Invariant]
        void HasAnId() => Ensure(Id is not null, "a stone has an id");

        public Stone(string id) => Id = id;
    }

    public sealed class Wall : Aggregate
    {
        private readonly List<List<Stone>> _rows = [];

        public void Add(string? stone)
        {
            _rows.Add([new Stone(stone!)]);
            Raise(new Laid(stone ?? ""));
        }

        public static Wall Build(string id) => new() { Id = id };
    }

    public sealed class Numbered : Aggregate<Guid>
    {
        public static Numbered With(Guid id) => new() { Id = id };
    }

    public sealed record Unreadable : IDomainEvent
    {
        public string Text { get; private set; } = "";
    }

    private static bool Tripwire { get; set; }

    [Fact]
    public async Task GetAsync_AnApplyThatFails_NamesTheMessage()
    {
        await using var domain = Create(d =>
        {
            d.Aggregate<Fragile>();
            d.Event<Painted>().StoredSince(3);
        });
        await domain.Repository<Fragile>().SaveAsync(Fragile.Lay("f", "x"));

        Tripwire = true;
        var error = await Should.ThrowAsync<ReplayException>(async () => await domain.Repository<Fragile>().GetAsync("f"));
        Tripwire = false;

        error.Message.ShouldBe("Fragile 'f' cannot be loaded: applying Test.Laid.v1 at test::fragile-f:0 failed: no such text");
    }

    [Fact]
    public async Task GetAsync_AVersionBeforeTheOneDeclaredAsStored_IsRefusedByName()
    {
        await using var domain = Create(d =>
        {
            d.Aggregate<Fragile>();
            d.Event<Painted>().StoredSince(2).Upcast(2, (JsonObject json) => { json["colour"] = "red"; });
        });
        await domain.StartAsync(TestContext.Current.CancellationToken);
        await domain.Store.CommitAsync(
            new()
            {
                Appends =
                [
                    new(StreamName.Create("test::fragile", "f"), ExpectedVersion.NoStream,
                    [
                        new()
                        {
                            Id = Guid.CreateVersion7(),
                            Type = "Test.Painted.v1",
                            Kind = MessageKind.Event,
                            Time = DateTimeOffset.UnixEpoch,
                            Body = "{}"u8.ToArray(),
                            Metadata = new() { CorrelationId = "c" },
                        },
                    ]),
                ],
            },
            TestContext.Current.CancellationToken);

        var error = await Should.ThrowAsync<MessageFormatException>(async () => await domain.Repository<Fragile>().GetAsync("f"));

        error.Message.ShouldContain("stored since version 2");
    }

    [Fact]
    public void Raise_AnEntityInAListOfLists_IsCheckedToo()
    {
        var wall = Wall.Build("w");

        Should.Throw<ValidationException>(() => wall.Add(null)).Message.ShouldContain("a stone has an id");
    }

    [Fact]
    public async Task GetAsync_AGuidInCapitals_IsTheSameAggregate()
    {
        await using var domain = Create(d => d.Aggregate<Numbered>());
        var id = Guid.Parse("0193c9a5-7c1e-7def-9abc-0123456789ab");
        await domain.Repository<Numbered>().SaveAsync(Numbered.With(id));

        var found = await domain.Repository<Numbered>().FindAsync(id.ToString().ToUpperInvariant());

        found.ShouldNotBeNull().Id.ShouldBe(id);
    }

    [Fact]
    public void Create_AnEventWhoseMemberWouldNotComeBack_IsReported() =>
        Should.Throw<DomainConfigurationException>(() => Create(d => d.Event<Unreadable>()))
            .Findings.ShouldHaveSingleItem().ShouldStartWith("Unreadable.Text is stored but would not be read back");

    private static Domain Create(Action<DomainBuilder> declare) => Domain.Create("Test", domain =>
    {
        declare(domain);
        domain.UseInMemory();
    });
}
