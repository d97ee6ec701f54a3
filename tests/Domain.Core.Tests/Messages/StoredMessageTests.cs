using Protean.Storage;
using Protean.Tests.Model;
using Shouldly;
using Xunit;

namespace Protean.Tests.Messages;

/// <summary>Messages whose bytes are not what today's program would have written.</summary>
public sealed class StoredMessageTests : IAsyncDisposable
{
    private const string Json = """{"id":"k-1","bits":3}""";

    private readonly Domain _domain = Make(UnknownMemberPolicy.Count);

    [Fact]
    public async Task Scenario_I70_AnAlteredBody_NamesBothChecksumsAndThePlace()
    {
        var actual = Checksum.Compute(System.Text.Encoding.UTF8.GetBytes(Json));
        await _domain.PutMessageAsync("test::key-k-1", "Test.Cut.v1", Json, checksum: 0xdeadbeef);

        var error = await Should.ThrowAsync<CorruptMessageException>(async () => await _domain.Repository<Key>().GetAsync("k-1"));

        error.Message.ShouldContain("deadbeef");
        error.Message.ShouldContain(actual.ToString("x8", null));
        error.Message.ShouldContain("test::key-k-1:0");
    }

    [Fact]
    public async Task Scenario_I70_ABodyWithoutAChecksum_IsAccepted()
    {
        await _domain.PutMessageAsync("test::key-k-1", "Test.Cut.v1", Json, withChecksum: false);

        (await _domain.Repository<Key>().GetAsync("k-1")).Bits.ShouldBe(3);
    }

    [Fact]
    public async Task Read_OfUnknownMembers_CountsThemByTypeName()
    {
        using var counted = new CountedUnknownMembers("Test.Cut.v1");
        await _domain.PutMessageAsync("test::key-k-1", "Test.Cut.v1", """{"id":"k-1","bits":3,"ghost":1,"phantom":{"x":2}}""");

        var cut = _domain.Read((await _domain.LogAsync())[0]);

        cut.ShouldBe(new Cut("k-1", 3));
        counted.Total.ShouldBe(2);
    }

    [Fact]
    public async Task Read_OfUnknownMembersWhereTheyAreRefused_NamesThemAndThePlace()
    {
        await using var domain = Make(UnknownMemberPolicy.Refuse);
        var id = await domain.PutMessageAsync("test::key-k-1", "Test.Cut.v1", """{"id":"k-1","bits":3,"ghost":1}""");

        var error = await Should.ThrowAsync<MessageFormatException>(async () => domain.Read((await domain.LogAsync())[0]));

        error.Message.ShouldContain("ghost");
        error.Where.ShouldBe($"message {id} of type Test.Cut.v1 at test::key-k-1:0");
    }

    [Fact]
    public async Task Read_AfterAMessageThatFailed_CountsItsOwnUnknownMembersOnly()
    {
        await _domain.PutMessageAsync("test::key-k-1", "Test.Cut.v1", """{"blade":{"ghost":1,"width":2},"id":"k-1","bits":"three"}""");
        await _domain.PutMessageAsync("test::key-k-1", "Test.Cut.v1", """{"id":"k-1","bits":3}""");
        var log = await _domain.LogAsync();
        Should.Throw<MessageFormatException>(() => _domain.Read(log[0]));
        using var counted = new CountedUnknownMembers("Test.Cut.v1");

        _domain.Read(log[1]);

        counted.Total.ShouldBe(0);
    }

    [Fact]
    public async Task Read_WithoutARequiredMember_NamesMemberAndPlace()
    {
        await _domain.PutMessageAsync("test::key-k-1", "Test.Cut.v1", """{"id":"k-1"}""");

        var error = await Should.ThrowAsync<MessageFormatException>(async () => _domain.Read((await _domain.LogAsync())[0]));

        error.Message.ShouldContain("bits");
        error.Message.ShouldContain("test::key-k-1:0");
    }

    [Fact]
    public async Task Read_OfANullWhereThereMustBeNone_NamesMemberAndPlace()
    {
        await _domain.PutMessageAsync("test::key-k-1", "Test.Cut.v1", """{"id":null,"bits":3}""");

        var error = await Should.ThrowAsync<MessageFormatException>(async () => _domain.Read((await _domain.LogAsync())[0]));

        error.Message.ShouldContain("id", Case.Insensitive);
        error.Message.ShouldContain("test::key-k-1:0");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"id\":")]
    public async Task Read_OfWhatIsNoObject_NamesThePlace(string body)
    {
        await _domain.PutMessageAsync("test::key-k-1", "Test.Cut.v1", body);

        var error = await Should.ThrowAsync<MessageFormatException>(async () => _domain.Read((await _domain.LogAsync())[0]));

        error.Message.ShouldContain("test::key-k-1:0");
    }

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    private static Domain Make(UnknownMemberPolicy unknownMembers) => Domain.Create("Test", d =>
    {
        d.UnknownMembers = unknownMembers;
        d.Aggregate<Key>();
        d.UseInMemory();
    });

    public sealed record Blade(int Width);

    public sealed record Cut(string Id, int Bits, Blade? Blade = null) : IDomainEvent;

    public sealed class Key : EventSourcedAggregate
    {
        public int Bits { get; private set; }

        void Apply(Cut e) => Bits = e.Bits;
    }
}
