using System.Text.Json.Serialization;
using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

/// <summary>What of an aggregate is its state, and how it stands in the store.</summary>
public sealed class StateJsonTests : IAsyncDisposable
{
    private readonly Domain _domain = Domain.Create("Test", d =>
    {
        d.Aggregate<Sample>();
        d.UseInMemory();
    });

    private IRepository<Sample> Samples => _domain.Repository<Sample>();

    [Fact]
    public async Task GetAsync_OfAPropertyWithAPrivateSetter_RestoresIt() =>
        (await RoundTripAsync(s => s.SetName("Ada"))).Name.ShouldBe("Ada");

    [Fact]
    public async Task GetAsync_OfAPropertyWithoutASetter_RestoresIt() =>
        (await RoundTripAsync(_ => { }, new Sample(madeBy: "me"))).MadeBy.ShouldBe("me");

    [Fact]
    public async Task GetAsync_OfAReadOnlyField_RestoresIt() =>
        (await RoundTripAsync(_ => { }, new Sample(secret: 42))).RevealSecret().ShouldBe(42);

    [Fact]
    public async Task GetAsync_OfAPrivateListBehindAReadOnlyFace_RestoresIt() =>
        (await RoundTripAsync(s => s.AddTags("a", "b"))).Tags.ShouldBe(["a", "b"]);

    [Fact]
    public async Task GetAsync_OfASetAndADictionary_RestoresThem()
    {
        var loaded = await RoundTripAsync(s => s.Collect("x", 3));

        loaded.Set.ShouldBe(["x"]);
        loaded.Counts.ShouldBe(new Dictionary<string, int> { ["x"] = 3 });
    }

    [Fact]
    public async Task GetAsync_OfNestedRecords_RestoresThem()
    {
        var address = new Address("Main St", new City("Ulm", ["89073", "89075"]));

        (await RoundTripAsync(s => s.Move(address))).Home!.City.Codes.ShouldBe(["89073", "89075"]);
    }

    [Fact]
    public async Task SaveAsync_OfAnEnum_WritesItsName()
    {
        await RoundTripAsync(s => s.Rate(Grade.VeryGood));

        (await _domain.StateAsync("test::sample", "s-1"))["grade"]!.GetValue<string>().ShouldBe("VeryGood");
    }

    [Fact]
    public async Task SaveAsync_OfATypedId_WritesTheValueInside()
    {
        await RoundTripAsync(s => s.Assign(new OwnerId("o-7")));

        (await _domain.StateAsync("test::sample", "s-1"))["owner"]!.GetValue<string>().ShouldBe("o-7");
    }

    [Fact]
    public async Task GetAsync_OfATypedIdThatWasNeverSet_LeavesItUnset() =>
        (await RoundTripAsync(_ => { })).Owner.ShouldBe(default);

    [Fact]
    public async Task GetAsync_OfADictionaryByTypedIds_RestoresIt() =>
        (await RoundTripAsync(s => s.Share(new OwnerId("o-7"), 50))).Shares[new OwnerId("o-7")].ShouldBe(50);

    [Theory]
    [InlineData("2026-03-04T05:06:07+02:00", "2026-03-04T03:06:07.0000000Z")]
    [InlineData("2026-03-04T05:06:07.1234567Z", "2026-03-04T05:06:07.1234567Z")]
    public async Task SaveAsync_OfAnInstant_WritesItInUtcWithAFixedWidth(string instant, string stored)
    {
        await RoundTripAsync(s => s.At = DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture));

        (await _domain.StateAsync("test::sample", "s-1"))["at"]!.GetValue<string>().ShouldBe(stored);
    }

    [Theory]
    [InlineData(DateTimeKind.Utc, "2026-03-04T05:06:07.0000000Z")]
    [InlineData(DateTimeKind.Unspecified, "2026-03-04T05:06:07.0000000")]
    public async Task SaveAsync_OfADateTime_WritesItWithAFixedWidth(DateTimeKind kind, string stored)
    {
        await RoundTripAsync(s => s.Clock = new DateTime(2026, 3, 4, 5, 6, 7, kind));

        (await _domain.StateAsync("test::sample", "s-1"))["clock"]!.GetValue<string>().ShouldBe(stored);
    }

    [Fact]
    public async Task SaveAsync_OfALocalDateTime_WritesItInUtc()
    {
        var local = new DateTime(2026, 3, 4, 5, 6, 7, DateTimeKind.Local);

        await RoundTripAsync(s => s.Clock = local);

        (await _domain.StateAsync("test::sample", "s-1"))["clock"]!.GetValue<DateTime>().ShouldBe(local.ToUniversalTime());
        (await _domain.StateAsync("test::sample", "s-1"))["clock"]!.GetValue<string>().ShouldEndWith("Z");
    }

    [Fact]
    public async Task SaveAsync_OfADate_WritesTheDayOnly()
    {
        await RoundTripAsync(s => s.Day = new DateOnly(2026, 3, 4));

        (await _domain.StateAsync("test::sample", "s-1"))["day"]!.GetValue<string>().ShouldBe("2026-03-04");
    }

    [Fact]
    public async Task GetAsync_OfNullableMembers_RestoresTheirNulls()
    {
        var loaded = await RoundTripAsync(s => s.Maybe = null);

        (loaded.Maybe, loaded.Home).ShouldBe((null, null));
    }

    [Fact]
    public async Task SaveAsync_OfAnIgnoredMember_LeavesItOut()
    {
        await RoundTripAsync(s => s.Cache = 5);

        (await _domain.StateAsync("test::sample", "s-1")).ContainsKey("cache").ShouldBeFalse();
    }

    [Fact]
    public async Task SaveAsync_OfAMemberWithAJsonName_WritesItUnderThatName()
    {
        await RoundTripAsync(s => s.Weight = 5);

        var state = await _domain.StateAsync("test::sample", "s-1");
        (state["kg"]!.GetValue<int>(), state.ContainsKey("weight")).ShouldBe((5, false));
    }

    [Fact]
    public async Task SaveAsync_OfAMemberWithAConverter_WritesWhatTheConverterSays()
    {
        await RoundTripAsync(s => s.Level = Grade.VeryGood);

        (await _domain.StateAsync("test::sample", "s-1"))["level"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task GetAsync_OfAnEntityWithoutAParameterlessConstructor_RestoresIt() =>
        (await RoundTripAsync(s => s.Attach(new Label("fragile", 2)))).Labels.Single().Describe().ShouldBe("fragile x2");

    [Fact]
    public async Task GetAsync_OfAnEntityWithADerivedType_RestoresTheDerivedType() =>
        (await RoundTripAsync(s => s.Draw(new Circle(3)))).Shapes.Single().ShouldBeOfType<Circle>().Radius.ShouldBe(3);

    [Fact]
    public async Task GetAsync_OfTextBeyondAscii_RestoresIt() =>
        (await RoundTripAsync(s => s.SetName("Zoë ‘<&>’ 🦊\0\"\\"))).Name.ShouldBe("Zoë ‘<&>’ 🦊\0\"\\");

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    private async Task<Sample> RoundTripAsync(Action<Sample> change, Sample? sample = null)
    {
        sample ??= new Sample();
        change(sample);
        await Samples.SaveAsync(sample);
        return await Samples.GetAsync("s-1");
    }

    public enum Grade
    {
        Good,
        VeryGood,
    }

    public readonly record struct OwnerId : ITypedId
    {
        public OwnerId(string value) => Value = value is { Length: > 0 } ? value : throw new ArgumentException("an owner has an id");

        public string Value { get; }
    }

    public sealed record City(string Name, IReadOnlyList<string> Codes);

    public sealed record Address(string Street, City City);

    public sealed class Sample : Aggregate
    {
        private readonly List<string> _tags = [];
        private readonly HashSet<string> _set = [];
        private readonly Dictionary<string, int> _counts = [];
        private readonly Dictionary<OwnerId, int> _shares = [];
        private readonly List<Label> _labels = [];
        private readonly List<Shape> _shapes = [];
        private readonly int _secret;

        public Sample(string madeBy = "", int secret = 0)
        {
            Id = "s-1";
            MadeBy = madeBy;
            _secret = secret;
        }

        Sample() => MadeBy = "";

        public string Name { get; private set; } = "";

        public string MadeBy { get; }

        public IReadOnlyList<string> Tags => _tags;

        public IReadOnlyCollection<string> Set => _set;

        public IReadOnlyDictionary<string, int> Counts => _counts;

        public IReadOnlyDictionary<OwnerId, int> Shares => _shares;

        public IReadOnlyList<Label> Labels => _labels;

        public IReadOnlyList<Shape> Shapes => _shapes;

        public Address? Home { get; private set; }

        public Grade Grade { get; private set; }

        public OwnerId Owner { get; private set; }

        public DateTimeOffset At { get; set; }

        public DateTime Clock { get; set; }

        public DateOnly Day { get; set; }

        public int? Maybe { get; set; } = 1;

        [JsonIgnore]
        public int Cache { get; set; }

        [JsonPropertyName("kg")]
        public int Weight { get; set; }

        [JsonConverter(typeof(JsonNumberEnumConverter<Grade>))]
        public Grade Level { get; set; }

        public int RevealSecret() => _secret;

        public void SetName(string name) => Name = name;

        public void AddTags(params string[] tags) => _tags.AddRange(tags);

        public void Collect(string name, int count)
        {
            _set.Add(name);
            _counts[name] = count;
        }

        public void Move(Address home) => Home = home;

        public void Rate(Grade grade) => Grade = grade;

        public void Assign(OwnerId owner) => Owner = owner;

        public void Share(OwnerId owner, int percent) => _shares[owner] = percent;

        public void Attach(Label label) => _labels.Add(label);

        public void Draw(Shape shape) => _shapes.Add(shape);
    }

    public sealed class Label(string text, int count) : Entity
    {
        public string Describe() => $"{text} x{count}";
    }

    [JsonDerivedType(typeof(Circle), "circle")]
    public abstract class Shape : Entity;

    public sealed class Circle(int radius) : Shape
    {
        public int Radius { get; } = radius;
    }
}
