using System.Text.Json.Nodes;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Writing, loading and deleting documents.</summary>
public abstract class DocumentConformance(IStoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task Load_DocumentThatWasWritten_ComesBack()
    {
        const string Body = """{"text":"Grüße 🌍","number":1.5,"list":[1,{"a":null}],"nested":{"flag":true}}""";
        await WriteAsync(Sample.Document("a", Body, version: 4));

        var document = (await LoadAsync("a")).ShouldNotBeNull();

        document.ShouldSatisfyAllConditions(
            () => document.Key.ShouldBe("a"),
            () => document.Version.ShouldBe(4),
            () => document.Stamp.ShouldBe("v1"),
            () => JsonNode.DeepEquals(JsonNode.Parse(document.Body.Span), JsonNode.Parse(Body)).ShouldBeTrue());
    }

    [Fact]
    public async Task Load_DocumentThatIsNotThere_ReturnsNothing() => (await LoadAsync("a")).ShouldBeNull();

    [Fact]
    public async Task LoadDocuments_SeveralAddresses_ComeBackInTheirOrderWithNothingForWhatIsNotThere()
    {
        await WriteAsync(Sample.Document("a", version: 3));
        await WriteAsync(Sample.Document("b", version: 4));
        var collection = Sample.Document("a").Collection;

        var found = await Store.LoadDocumentsAsync([new(collection, "b"), new(collection, "none"), new(collection, "a")], Cancellation);

        found.Select(d => (d?.Key, d?.Version)).ShouldBe([("b", 4), (null, null), ("a", 3)]);
    }

    [Fact]
    public async Task Load_WithoutStamp_ComesBackWithAnEmptyOne()
    {
        await WriteAsync(Sample.Document("a") with { Stamp = null });

        (await LoadAsync("a")).ShouldNotBeNull().Stamp.ShouldBe("");
    }

    [Theory]
    [InlineData("A")]
    [InlineData("a ")]
    [InlineData("aa")]
    public async Task Load_KeyThatIsNotQuiteTheSame_ReturnsNothing(string key)
    {
        await WriteAsync(Sample.Document("a"));

        (await LoadAsync(key)).ShouldBeNull();
    }

    [Theory]
    [InlineData("a/b'c\"d\\e%f_g")]
    [InlineData("Grüße-🌍")]
    public async Task Load_UnusualKey_IsFoundUnderIt(string key)
    {
        await WriteAsync(Sample.Document(key));

        (await LoadAsync(key)).ShouldNotBeNull().Key.ShouldBe(key);
    }

    [Fact]
    public async Task Load_LongestKey_IsFoundUnderIt()
    {
        var key = new string('ä', 250);
        await WriteAsync(Sample.Document(key));

        (await LoadAsync(key)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Load_OneKeyInTwoCollections_IsTwoDocuments()
    {
        await WriteAsync(Sample.Document("a", """{"n":1}"""), Sample.Document("a", """{"n":2}""", collection: Sample.Views));

        Sample.Text((await LoadAsync("a", Sample.Views)).ShouldNotBeNull().Body).ShouldContain("2");
        Sample.Text((await LoadAsync("a")).ShouldNotBeNull().Body).ShouldContain("1");
    }

    [Fact]
    public async Task Write_AtTheExpectedVersion_ReplacesEverything()
    {
        await WriteAsync(Sample.Document("a", """{"n":1}"""));

        await WriteAsync(Sample.Document("a", """{"m":2}""", version: 7, expected: 1) with { Stamp = "v2" });

        var document = (await LoadAsync("a")).ShouldNotBeNull();
        document.Version.ShouldBe(7);
        document.Stamp.ShouldBe("v2");
        JsonNode.Parse(document.Body.Span)!.AsObject().Select(p => p.Key).ShouldBe(["m"]);
    }

    [Theory]
    [InlineData(ExpectedDocument.Absent)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Write_AtAnotherVersion_IsRefusedWithTheFacts(long expected)
    {
        await WriteAsync(Sample.Document("a", version: 2));

        var error = await RefusedAsync<ConcurrencyException>(Commits.Write(Sample.Document("a", version: 9, expected: expected)));

        error.ShouldSatisfyAllConditions(
            () => error.Subject.ShouldBe("document 'a' of 'shop::cart'"),
            () => error.Expected.ShouldBe(expected),
            () => error.Actual.ShouldBe(2));
        (await LoadAsync("a")).ShouldNotBeNull().Version.ShouldBe(2);
    }

    [Fact]
    public async Task Write_ExpectedButNotThere_IsRefusedWithTheFacts()
    {
        var error = await RefusedAsync<ConcurrencyException>(Commits.Write(Sample.Document("a", version: 3, expected: 2)));

        error.Expected.ShouldBe(2);
        error.Actual.ShouldBe(0);
        (await LoadAsync("a")).ShouldBeNull();
    }

    [Fact]
    public async Task Write_WhateverIsThere_IsTakenWithAndWithoutIt()
    {
        await WriteAsync(Sample.Document("a", version: 5, expected: ExpectedDocument.Any));

        await WriteAsync(Sample.Document("a", version: 2, expected: ExpectedDocument.Any));

        (await LoadAsync("a")).ShouldNotBeNull().Version.ShouldBe(2);
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(5, 1)]
    [InlineData(6, 6)]
    public async Task Write_OverAnOlderOne_WritesOnlyWhatIsNewer(long version, int writtenMarker)
    {
        await WriteAsync(Sample.Document("a", """{"n":1}""", version: 5, expected: ExpectedDocument.Older));

        await WriteAsync(Sample.Document("a", """{"n":6}""", version: version, expected: ExpectedDocument.Older));

        Sample.Text((await LoadAsync("a")).ShouldNotBeNull().Body).ShouldContain($"{writtenMarker}");
    }

    [Fact]
    public async Task Write_NotNewerBesideOthers_LeavesItAndWritesThem()
    {
        await WriteAsync(Sample.Document("a", version: 5));

        await WriteAsync(Sample.Document("a", version: 3, expected: ExpectedDocument.Older), Sample.Document("b"));

        (await LoadAsync("a")).ShouldNotBeNull().Version.ShouldBe(5);
        (await LoadAsync("b")).ShouldNotBeNull();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(ExpectedDocument.Any)]
    public async Task Delete_DocumentThatIsThere_RemovesIt(long expected)
    {
        await WriteAsync(Sample.Document("a", version: 2), Sample.Document("b"));

        await WriteAsync(Sample.Deletion("a", expected));

        (await LoadAsync("a")).ShouldBeNull();
        (await LoadAsync("b")).ShouldNotBeNull();
    }

    [Theory]
    [InlineData(ExpectedDocument.Absent)]
    [InlineData(1)]
    public async Task Delete_AtAnotherVersion_IsRefused(long expected)
    {
        await WriteAsync(Sample.Document("a", version: 2));

        var error = await RefusedAsync<ConcurrencyException>(Commits.Write(Sample.Deletion("a", expected)));

        error.Actual.ShouldBe(2);
        (await LoadAsync("a")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Delete_ExpectedButNotThere_IsRefused()
    {
        var error = await RefusedAsync<ConcurrencyException>(Commits.Write(Sample.Deletion("a", 1)));

        error.Actual.ShouldBe(0);
    }

    [Theory]
    [InlineData(ExpectedDocument.Any)]
    [InlineData(ExpectedDocument.Absent)]
    public async Task Delete_DocumentThatIsNotThere_ChangesNothing(long expected)
    {
        await WriteAsync(Sample.Deletion("a", expected));

        (await LoadAsync("a")).ShouldBeNull();
    }

    [Fact]
    public async Task Write_AfterADelete_BeginsAnew()
    {
        await WriteAsync(Sample.Document("a", version: 9));
        await WriteAsync(Sample.Deletion("a", 9));

        await WriteAsync(Sample.Document("a", version: 1));

        (await LoadAsync("a")).ShouldNotBeNull().Version.ShouldBe(1);
    }

    [Fact]
    public async Task Write_ManyAtOnceOnOneVersion_ExactlyOneIsTaken()
    {
        await WriteAsync(Sample.Document("a"));

        var errors = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(
            () => OutcomeAsync(Commits.Write(Sample.Document("a", version: 2, expected: 1))), Cancellation)));

        errors.Count(e => e is null).ShouldBe(1);
        errors.Count(e => e is ConcurrencyException).ShouldBe(15);
    }

    [Fact]
    public async Task Initialize_Again_KeepsWhatIsThere()
    {
        await WriteAsync(Sample.Document("a"));
        await AppendAsync(Sample.Stream, 1);

        await Store.InitializeAsync(Definition, Cancellation);

        (await LoadAsync("a")).ShouldNotBeNull();
        (await ReadAsync(Sample.Stream)).Version.ShouldBe(0);
    }

    [Fact]
    public async Task Initialize_ForAnotherDomain_AddsItsCollectionsBesideThose()
    {
        await Store.InitializeAsync(new("billing", [new("billing::invoice", [new("number", [["number"]], Unique: true)])]), Cancellation);

        await WriteAsync(Sample.Document("a"), Sample.Document("a", """{"number":1}""", collection: "billing::invoice"));

        (await LoadAsync("a", "billing::invoice")).ShouldNotBeNull();
        await RefusedAsync<DuplicateValueException>(Commits.Write(Sample.Document("b", """{"number":1}""", collection: "billing::invoice")));
    }

    [Fact]
    public async Task Initialize_WithANewUniqueIndex_HoldsItFromThenOn()
    {
        await WriteAsync(Sample.Document("a", """{"name":"x"}""", collection: Sample.Views));

        await Store.InitializeAsync(new("shop", [new(Sample.Views, [new("unique_name", [["name"]], Unique: true)])]), Cancellation);

        await RefusedAsync<DuplicateValueException>(Commits.Write(Sample.Document("b", """{"name":"x"}""", collection: Sample.Views)));
    }
}
