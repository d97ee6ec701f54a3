using System.Text;
using Protean.Tests.Model;
using Shouldly;
using Xunit;

namespace Protean.Tests.Messages;

/// <summary>Whatever is wrong with what comes in: one error that says what and where, and nothing is stored.</summary>
public sealed class BadInputTests : IAsyncDisposable
{
    private readonly Domain _domain = Domain.Create("Test", d =>
    {
        d.Aggregate<Box>().Raises<Packed>().Raises<Linked>();
        d.CommandHandler<Box>()
            .On<Pack>(c => c.BoxId, (box, c) => box.Pack(c.Content))
            .On<PackInto>((c, context) => context.Repository<Box>().Add(new Box(c.BoxId.Value)));
        d.UseInMemory();
    });

    [Fact]
    public Task Raise_OfNull_NamesTheAggregate() =>
        RefusesAsync(box => box.Any(null!), "Box 'b-1' raised no event");

    [Fact]
    public Task Raise_OfAnUnregisteredType_NamesTypeAndWayOut() =>
        RefusesAsync(box => box.Any(new Unregistered()), "Unregistered is not registered", "domain.Event<Unregistered>()");

    [Fact]
    public Task Raise_OfAMegabyte_NamesTypeSizeAndLimit() =>
        RefusesAsync(box => box.Pack(new string('x', 1_000_000)), "Packed takes 1000014 bytes", "below 1000000");

    [Fact]
    public Task Raise_OfAnEventThatContainsItself_NamesTheType() =>
        RefusesAsync(
            box =>
            {
                var linked = new Linked();
                linked.Next = linked;
                box.Any(linked);
            },
            "Linked cannot be written as JSON",
            "cycle");

    [Theory]
    [InlineData("", "has no characters")]
    [InlineData(null, "has no characters")]
    public async Task SaveAsync_WithAnIdWithoutCharacters_NamesTheAggregate(string? id, string problem)
    {
        await _domain.StartAsync();

        var error = await Should.ThrowAsync<InvalidAggregateIdException>(async () => await _domain.Repository<Box>().SaveAsync(new Box(id!)));

        error.Message.ShouldContain("Box");
        error.Message.ShouldContain(problem);
        (await _domain.Store.CountDocumentsAsync(new() { Collection = "test::box" })).ShouldBe(0);
    }

    [Fact]
    public async Task SaveAsync_WithAnIdOfMoreThanTwoHundredCharacters_NamesAggregateAndLength()
    {
        await _domain.StartAsync();

        var error = await Should.ThrowAsync<InvalidAggregateIdException>(async () => await _domain.Repository<Box>().SaveAsync(new Box(new string('x', 201))));

        error.Message.ShouldContain("Box has 201 characters");
        (await _domain.Store.CountDocumentsAsync(new() { Collection = "test::box" })).ShouldBe(0);
    }

    [Theory]
    [InlineData("box")]
    [InlineData("box-")]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData(null)]
    public void Parse_OfAStreamNameWithoutAnId_NamesTheText(string? name)
    {
        var error = Should.Throw<InvalidStreamNameException>(() => StreamName.Parse(name!));

        error.Message.ShouldStartWith($"'{name}' is not a stream name");
        StreamName.TryParse(name, out _).ShouldBeFalse();
    }

    [Fact]
    public Task ProcessAsync_OfACommandOfAMegabyte_NamesTypeAndSize() =>
        RefusesCallAsync<MessageTooLargeException>(() => _domain.ProcessAsync(new Pack("b-1", new string('x', 1_000_000))), "Pack takes 10000");

    [Fact]
    public Task ProcessAsync_OfAnUnregisteredCommand_NamesIt() =>
        RefusesCallAsync<HandlerNotFoundException>(() => _domain.ProcessAsync(new Unhandled()), "No handler for Unhandled");

    [Fact]
    public Task ProcessAsync_OfACommandForAnEmptyId_NamesTheAggregate() =>
        RefusesCallAsync<InvalidAggregateIdException>(() => _domain.ProcessAsync(new Pack("", "x")), "Box has no characters");

    [Theory]
    [InlineData("""{"boxId":"b-1"}""", "content")]
    [InlineData("""{"boxId":5,"content":"x"}""", "$.boxId")]
    [InlineData("""{"boxId":null,"content":"x"}""", "boxId")]
    [InlineData("""{"boxId":"b-1","content":"x","price":1}""", "price")]
    [InlineData("""{"boxId":"b-1","content":"x" """, "Path")]
    [InlineData("null", "null")]
    [InlineData("", "JSON")]
    public Task ReadInput_OfJsonThatDoesNotFit_NamesTypeAndMember(string json, string culprit) =>
        RefusesCallAsync<MessageFormatException>(
            () => _domain.ProcessAsync(_domain.ReadInput<Pack>(Encoding.UTF8.GetBytes(json))), "Pack cannot be read from this input", culprit);

    [Theory]
    [InlineData("""{"boxId":null}""", "A BoxKey cannot be null. (at $.boxId)")]
    [InlineData("""{"boxId":{"value":"b"}}""", "$.boxId")]
    [InlineData("""{"boxId":"not a box"}""", "a box key begins with b (at $.boxId)")]
    public Task ReadInput_OfATypedIdThatDoesNotFit_NamesIt(string json, string culprit) =>
        RefusesCallAsync<MessageFormatException>(
            () => _domain.ProcessAsync(_domain.ReadInput<PackInto>(Encoding.UTF8.GetBytes(json))), "PackInto cannot be read from this input", culprit);

    [Fact]
    public Task ReadInput_OfAnUnregisteredType_NamesIt() =>
        RefusesCallAsync<UnregisteredTypeException>(() => Task.FromResult(_domain.ReadInput<Unhandled>("{}"u8)), "Unhandled is not registered");

    [Fact]
    public void ReadInput_OfWhatFits_ReadsIt() =>
        _domain.ReadInput<Pack>("""{"boxId":"b-1","content":"x"}"""u8).ShouldBe(new Pack("b-1", "x"));

    [Fact]
    public Task GetAsync_OfAStateItsValueObjectRefuses_NamesTheDocument() =>
        RefusesCallAsync<MessageFormatException>(
            async () =>
            {
                await _domain.PutDocumentAsync("test::box", "b-2", """{"id":"b-2","size":{"litres":0}}""");
                await _domain.ProcessAsync(new Pack("b-2", "x"));
            },
            "document 'b-2' of 'test::box'",
            "a size is positive");

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    private Task RefusesAsync(Action<Box> act, params string[] culprits) => RefusesCallAsync<Exception>(
        async () =>
        {
            var box = await _domain.Repository<Box>().GetAsync("b-1");
            act(box);
            await _domain.Repository<Box>().SaveAsync(box);
        },
        culprits);

    private async Task RefusesCallAsync<TError>(Func<Task> act, params string[] culprits) where TError : Exception
    {
        await _domain.Repository<Box>().SaveAsync(new Box("b-1"));
        var before = await _domain.SnapshotAsync("test::box", "b-1");

        var error = await Should.ThrowAsync<TError>(act);

        foreach (var culprit in culprits)
            error.Message.ShouldContain(culprit);
        (await _domain.SnapshotAsync("test::box", "b-1")).ShouldBe(before);
    }

    public readonly record struct BoxKey : ITypedId
    {
        public BoxKey(string value) => Value = value is ['b', ..] ? value : throw new ArgumentException("a box key begins with b");

        public string Value { get; }
    }

    public sealed record Pack(string BoxId, string Content) : ICommand;

    public sealed record PackInto(BoxKey BoxId) : ICommand;

    public sealed record Unhandled : ICommand;

    public sealed record Packed(string Content) : IDomainEvent;

    public sealed record Unregistered : IDomainEvent;

    public sealed class Linked : IDomainEvent
    {
        public Linked? Next { get; set; }
    }

    public sealed record Size
    {
        public Size(int litres) => Litres = litres > 0 ? litres : throw new ArgumentOutOfRangeException(nameof(litres), "a size is positive");

        public int Litres { get; }
    }

    public sealed class Box : Aggregate
    {
        public Box(string id) => Id = id;

        Box()
        {
        }

        public Size? Size { get; private set; }

        public int Contents { get; private set; }

        public void Pack(string content)
        {
            Contents++;
            Raise(new Packed(content));
        }

        public void Any(IEvent @event)
        {
            Contents++;
            Raise(@event);
        }
    }
}
