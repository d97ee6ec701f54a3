using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Unique indexes.</summary>
public abstract class UniqueIndexConformance(IStoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task Write_ValueThatIsTaken_IsRefusedWithTheFacts()
    {
        await WriteAsync(Email("a", "x"));

        var error = await RefusedAsync<DuplicateValueException>(Commits.Write(Email("b", "x")));

        error.ShouldSatisfyAllConditions(
            () => error.Collection.ShouldBe(Sample.Carts),
            () => error.Index.ShouldBe("email"),
            () => error.Key.ShouldBe("b"));
        (await LoadAsync("b")).ShouldBeNull();
    }

    [Fact]
    public async Task Write_ValueTwiceInACommit_IsRefused()
    {
        await RefusedAsync<DuplicateValueException>(Commits.Write(Email("a", "x"), Email("b", "x")));

        (await LoadAsync("a")).ShouldBeNull();
    }

    [Fact]
    public async Task Write_ChangeToAValueThatIsTaken_IsRefused()
    {
        await WriteAsync(Email("a", "x"), Email("b", "y"));

        await RefusedAsync<DuplicateValueException>(Commits.Write(Email("b", "x", version: 2, expected: 1)));

        Sample.Text((await LoadAsync("b")).ShouldNotBeNull().Body).ShouldContain("y");
    }

    [Fact]
    public async Task Write_ItsOwnValueAgain_IsTaken()
    {
        await WriteAsync(Email("a", "x"));

        await WriteAsync(Email("a", "x", version: 2, expected: 1));

        (await LoadAsync("a")).ShouldNotBeNull().Version.ShouldBe(2);
    }

    [Theory]
    [InlineData("""{"email":null}""")]
    [InlineData("{}")]
    public async Task Write_NullTwice_IsTaken(string body)
    {
        await WriteAsync(Sample.Document("a", body));
        await WriteAsync(Sample.Document("b", body));

        (await LoadAsync("b")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Write_ValuesThatDifferInCase_AreTaken()
    {
        await WriteAsync(Email("a", "x"), Email("b", "X"));

        (await LoadAsync("b")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Write_TextAndNumber_AreNotTheSame()
    {
        await WriteAsync(Sample.Document("a", """{"email":"1"}"""), Sample.Document("b", """{"email":1}"""), Sample.Document("c", """{"email":true}"""), Sample.Document("d", """{"email":"true"}"""));

        (await LoadAsync("d")).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("1", "1.0")]
    [InlineData("100", "1e2")]
    public async Task Write_OneNumberInTwoNotations_IsRefused(string first, string second)
    {
        await WriteAsync(Sample.Document("a", $$"""{"email":{{first}}}"""));

        await RefusedAsync<DuplicateValueException>(Commits.Write(Sample.Document("b", $$"""{"email":{{second}}}""")));
    }

    [Fact]
    public async Task Write_ValueOfADeletedDocument_IsTaken()
    {
        await WriteAsync(Email("a", "x"));
        await WriteAsync(Sample.Deletion("a", 1));

        await WriteAsync(Email("b", "x"));

        (await LoadAsync("b")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Write_ValueAnotherHasGivenUp_IsTaken()
    {
        await WriteAsync(Email("a", "x"));
        await WriteAsync(Email("a", "y", version: 2, expected: 1));

        await WriteAsync(Email("b", "x"));

        await RefusedAsync<DuplicateValueException>(Commits.Write(Email("c", "y")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_ValueGivenUpInTheSameCommit_IsTaken(bool takenFirst)
    {
        await WriteAsync(Email("a", "x"), Email("b", "y"));
        DocumentWrite[] writes = [Sample.Deletion("a", 1), Email("b", "x", version: 2, expected: 1), Email("c", "y")];

        await WriteAsync(takenFirst ? [.. writes.Reverse()] : writes);

        Sample.Text((await LoadAsync("b")).ShouldNotBeNull().Body).ShouldContain("x");
        await RefusedAsync<DuplicateValueException>(Commits.Write(Email("d", "y")));
    }

    [Fact]
    public async Task Write_TwoDocumentsSwapTheirValues_IsTaken()
    {
        await WriteAsync(Email("a", "x"), Email("b", "y"));

        await WriteAsync(Email("a", "y", version: 2, expected: 1), Email("b", "x", version: 2, expected: 1));

        Sample.Text((await LoadAsync("a")).ShouldNotBeNull().Body).ShouldContain("y");
        await RefusedAsync<DuplicateValueException>(Commits.Write(Email("c", "x")));
    }

    [Fact]
    public async Task Write_TakenValueOverAnOlderOneThatIsLeft_IsTaken()
    {
        await WriteAsync(Email("a", "x"), Email("b", "y", version: 5));

        await WriteAsync(Email("b", "x", version: 4, expected: ExpectedDocument.Older));

        Sample.Text((await LoadAsync("b")).ShouldNotBeNull().Body).ShouldContain("y");
    }

    [Theory]
    [InlineData("""{"address":{"city":"Bern"},"number":2}""", false)]
    [InlineData("""{"address":{"city":"Bern"},"number":1}""", true)]
    [InlineData("""{"address":{"city":"Basel"},"number":1}""", false)]
    [InlineData("""{"address":{"city":"Bern"}}""", false)]
    [InlineData("""{"number":1}""", false)]
    public async Task Write_IndexOverTwoMembers_RefusesOnlyTheSamePair(string body, bool isRefused)
    {
        await WriteAsync(Sample.Document("a", """{"address":{"city":"Bern"},"number":1}"""));

        var error = await OutcomeAsync(Commits.Write(Sample.Document("b", body)));

        (error is DuplicateValueException { Index: "place" }).ShouldBe(isRefused);
    }

    [Fact]
    public async Task Write_IndexOverTwoMembersWithOneNull_ExemptsTheDocument()
    {
        await WriteAsync(Sample.Document("a", """{"number":1}"""));

        await WriteAsync(Sample.Document("b", """{"number":1}"""));

        (await LoadAsync("b")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Write_IndexThatIsNotUnique_TakesTheSameValueTwice()
    {
        await WriteAsync(Sample.Document("a", """{"total":1}"""), Sample.Document("b", """{"total":1}"""));

        (await LoadAsync("b")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Write_SameValueInTwoGenerations_IsTaken()
    {
        await CommitAsync(Commits.Change(Sample.Carts, GenerationAction.Begin, 1));
        await WriteAsync(Email("a", "x"));

        await WriteAsync(Email("b", "x") with { Generation = 1 });

        await RefusedAsync<DuplicateValueException>(Commits.Write(Email("c", "x") with { Generation = 1 }));
        await RefusedAsync<DuplicateValueException>(Commits.Write(Email("c", "x")));
    }

    [Fact]
    public async Task Write_ManyAtOnceWithOneValue_ExactlyOneIsTaken()
    {
        var errors = await Task.WhenAll(Enumerable.Range(0, 16).Select(n => Task.Run(
            () => OutcomeAsync(Commits.Write(Email($"{n}", "x"))), Cancellation)));

        errors.Count(e => e is null).ShouldBe(1);
        errors.Count(e => e is DuplicateValueException).ShouldBe(15);
    }

    private static DocumentWrite Email(string key, string email, long version = 1, long expected = ExpectedDocument.Absent) =>
        Sample.Document(key, $$"""{"email":"{{email}}"}""", version, expected);
}
