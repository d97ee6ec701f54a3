using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Writing;

/// <summary>The database names only the index; the store finds the document.</summary>
public sealed class UniqueViolationTests(ConformanceDatabase database) : PostgresTests(database)
{
    [Theory(Timeout = HangLimit)]
    [InlineData("\"x\"", "\"x\"")]
    [InlineData("1.50", "15e-1")]
    [InlineData("true", "true")]
    [InlineData("[1,2]", "[1, 2]")]
    [InlineData("""{"b":1,"a":[]}""", """{"a":[],"b":1}""")]
    public async Task CommitAsync_ManyDocumentsAndOneDuplicate_NamesThatOne(string held, string written)
    {
        var store = await OpenAsync();
        await store.CommitAsync(Commits.Write(Sample.Document("holder", $$"""{"email":{{held}}}""")), Cancellation);

        var error = await Should.ThrowAsync<DuplicateValueException>(() => store.CommitAsync(
            Commits.Write(
                Sample.Document("first", """{"email":"first"}"""),
                Sample.Document("guilty", $$"""{"email":{{written}}}"""),
                Sample.Document("last", """{"email":7}""")),
            Cancellation).AsTask());

        error.Message.ShouldContain("'guilty'");
        (await store.CountDocumentsAsync(new() { Collection = Sample.Carts }, Cancellation)).ShouldBe(1);
    }
}
