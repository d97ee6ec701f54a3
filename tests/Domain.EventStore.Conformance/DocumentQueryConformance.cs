using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Conditions, order and paging over documents.</summary>
public abstract class DocumentQueryConformance(IStoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task Query_NoConditions_ReturnsAllByKey()
    {
        await PutAsync(("b", "{}"), ("a", "{}"), ("B", "{}"), ("a1", "{}"), ("ä", "{}"));

        (await KeysAsync()).ShouldBe(["B", "a", "a1", "b", "ä"]);
    }

    [Fact]
    public async Task Query_Documents_ComeBackWhole()
    {
        await WriteAsync(Sample.Document("a", """{"n":1}""", version: 3, collection: Sample.Views));

        var document = (await Store.QueryDocumentsAsync(new() { Collection = Sample.Views }, Cancellation)).ShouldHaveSingleItem();

        document.Version.ShouldBe(3);
        document.Stamp.ShouldBe("v1");
        Sample.Text(document.Body).ShouldContain("1");
    }

    [Fact]
    public async Task Query_Collection_ReturnsNothingOfTheOthers()
    {
        await WriteAsync(Sample.Document("a"), Sample.Document("b", collection: Sample.Views));

        (await KeysAsync()).ShouldBe(["b"]);
    }

    [Theory]
    [InlineData(DocumentComparison.Equal, "2")]
    [InlineData(DocumentComparison.NotEqual, "1,3,missing,null,text")]
    [InlineData(DocumentComparison.Less, "1")]
    [InlineData(DocumentComparison.LessOrEqual, "1,2")]
    [InlineData(DocumentComparison.Greater, "3")]
    [InlineData(DocumentComparison.GreaterOrEqual, "2,3")]
    public async Task Query_Numbers_AreComparedByValue(DocumentComparison comparison, string expected)
    {
        await PutAsync(("1", """{"n":-10}"""), ("2", """{"n":2.0}"""), ("3", """{"n":10}"""), ("null", """{"n":null}"""), ("missing", "{}"), ("text", """{"n":"2"}"""));

        (await KeysAsync(Where("n", comparison, DocumentValue.Of(2)))).ShouldBe(expected.Split(','));
    }

    [Theory]
    [InlineData(DocumentComparison.Equal, "2")]
    [InlineData(DocumentComparison.NotEqual, "1,3,4,missing,null,number")]
    [InlineData(DocumentComparison.Less, "1")]
    [InlineData(DocumentComparison.LessOrEqual, "1,2")]
    [InlineData(DocumentComparison.Greater, "3,4")]
    [InlineData(DocumentComparison.GreaterOrEqual, "2,3,4")]
    public async Task Query_Texts_AreComparedByCodePoint(DocumentComparison comparison, string expected)
    {
        await PutAsync(("1", """{"n":"B"}"""), ("2", """{"n":"b"}"""), ("3", """{"n":"ba"}"""), ("4", """{"n":"ä"}"""), ("null", """{"n":null}"""), ("missing", "{}"), ("number", """{"n":1}"""));

        (await KeysAsync(Where("n", comparison, DocumentValue.Of("b")))).ShouldBe(expected.Split(','));
    }

    [Theory]
    [InlineData(DocumentComparison.Equal, true, "true")]
    [InlineData(DocumentComparison.Equal, false, "false")]
    [InlineData(DocumentComparison.NotEqual, true, "false,missing,number,text")]
    public async Task Query_Booleans_AreOfTheirOwnKind(DocumentComparison comparison, bool value, string expected)
    {
        await PutAsync(("true", """{"n":true}"""), ("false", """{"n":false}"""), ("missing", "{}"), ("number", """{"n":1}"""), ("text", """{"n":"true"}"""));

        (await KeysAsync(Where("n", comparison, DocumentValue.Of(value)))).ShouldBe(expected.Split(','));
    }

    [Theory]
    [InlineData(DocumentComparison.Equal, "missing,null")]
    [InlineData(DocumentComparison.NotEqual, "empty,false,zero")]
    [InlineData(DocumentComparison.Less, "")]
    [InlineData(DocumentComparison.LessOrEqual, "")]
    [InlineData(DocumentComparison.Greater, "")]
    [InlineData(DocumentComparison.GreaterOrEqual, "")]
    public async Task Query_Null_EqualsNullAndMissingOnly(DocumentComparison comparison, string expected)
    {
        await PutAsync(("null", """{"n":null}"""), ("missing", "{}"), ("zero", """{"n":0}"""), ("empty", """{"n":""}"""), ("false", """{"n":false}"""));

        (await KeysAsync(Where("n", comparison, DocumentValue.Null))).ShouldBe(expected.Split(',', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("9007199254740993", "big")]
    [InlineData("1e2", "hundred")]
    [InlineData("100.00", "hundred")]
    [InlineData("0.1", "tenth")]
    [InlineData("-0", "zero")]
    public async Task Query_Number_IsTheSameInAnyNotation(string json, string expected)
    {
        await PutAsync(
            ("big", """{"n":9007199254740993}"""), ("bigger", """{"n":9007199254740992}"""), ("hundred", """{"n":100}"""), ("tenth", """{"n":0.10}"""), ("zero", """{"n":0}"""));

        (await KeysAsync(Where("n", DocumentComparison.Equal, DocumentValue.Number(json)))).ShouldBe([expected]);
    }

    [Theory]
    [InlineData("it's")]
    [InlineData("a\"b\\c")]
    [InlineData("'; drop table x; --")]
    [InlineData("%")]
    [InlineData("Grüße 🌍")]
    [InlineData("")]
    public async Task Query_UnusualText_IsFound(string text)
    {
        await PutAsync(("hit", $$"""{"n":{{System.Text.Json.JsonSerializer.Serialize(text)}}}"""), ("miss", """{"n":"a"}"""));

        (await KeysAsync(Where("n", DocumentComparison.Equal, DocumentValue.Of(text)))).ShouldBe(["hit"]);
    }

    [Fact]
    public async Task Query_Path_LeadsIntoObjects()
    {
        await PutAsync(
            ("hit", """{"address":{"city":"Bern"}}"""),
            ("other", """{"address":{"city":"Basel"}}"""),
            ("text", """{"address":"Bern"}"""),
            ("list", """{"address":[{"city":"Bern"}]}"""),
            ("flat", """{"city":"Bern"}"""),
            ("dotted", """{"address.city":"Bern"}"""));

        (await KeysAsync(new DocumentCondition(["address", "city"], DocumentComparison.Equal, DocumentValue.Of("Bern")))).ShouldBe(["hit"]);
    }

    [Fact]
    public async Task Query_PathThatLeadsNowhere_IsNull()
    {
        await PutAsync(("text", """{"address":"Bern"}"""), ("null", """{"address":null}"""), ("missing", "{}"), ("there", """{"address":{"city":"Bern"}}"""));

        (await KeysAsync(new DocumentCondition(["address", "city"], DocumentComparison.Equal, DocumentValue.Null))).ShouldBe(["missing", "null", "text"]);
    }

    [Theory]
    [InlineData("a.b")]
    [InlineData("it's")]
    [InlineData("$n")]
    [InlineData("größe")]
    [InlineData("a b")]
    [InlineData("0")]
    public async Task Query_UnusualMember_IsFound(string member)
    {
        await PutAsync(("hit", $$"""{"{{member}}":1}"""), ("miss", """{"n":1}"""));

        (await KeysAsync(Where(member, DocumentComparison.Equal, DocumentValue.Of(1)))).ShouldBe(["hit"]);
    }

    [Fact]
    public async Task Query_MemberThatDiffersInCase_IsAnother()
    {
        await PutAsync(("hit", """{"n":1}"""), ("miss", """{"N":1}"""));

        (await KeysAsync(Where("n", DocumentComparison.Equal, DocumentValue.Of(1)))).ShouldBe(["hit"]);
    }

    [Fact]
    public async Task Query_SeveralConditions_MustAllHold()
    {
        await PutAsync(("1", """{"n":1,"m":"x"}"""), ("2", """{"n":2,"m":"x"}"""), ("3", """{"n":3,"m":"x"}"""), ("4", """{"n":2,"m":"y"}"""));

        (await KeysAsync(
            Where("n", DocumentComparison.Greater, DocumentValue.Of(1)),
            Where("n", DocumentComparison.Less, DocumentValue.Of(3)),
            Where("m", DocumentComparison.Equal, DocumentValue.Of("x")))).ShouldBe(["2"]);
    }

    [Theory]
    [InlineData(false, "missing,null,minus,half,nine,ten")]
    [InlineData(true, "ten,nine,half,minus,missing,null")]
    public async Task Query_OrderByNumber_NullIsLeastAndEqualsFollowByKey(bool descending, string expected)
    {
        await PutAsync(("ten", """{"n":10}"""), ("nine", """{"n":9}"""), ("half", """{"n":0.5}"""), ("minus", """{"n":-1}"""), ("null", """{"n":null}"""), ("missing", "{}"));

        (await OrderedAsync(new DocumentOrder(["n"], descending))).ShouldBe(expected.Split(','));
    }

    [Theory]
    [InlineData(false, "null,1,2,3,4,5,6")]
    [InlineData(true, "6,5,4,3,2,1,null")]
    public async Task Query_OrderByText_GoesByCodePoint(bool descending, string expected)
    {
        await PutAsync(
            ("2", """{"n":"B"}"""), ("3", """{"n":"a"}"""), ("4", """{"n":"ä"}"""), ("5", """{"n":"\uFF5E"}"""), ("6", """{"n":"\uD83C\uDF0D"}"""), ("1", """{"n":""}"""), ("null", """{"n":null}"""));

        (await OrderedAsync(new DocumentOrder(["n"], descending))).ShouldBe(expected.Split(','));
    }

    [Fact]
    public async Task Query_OrderByBoolean_FalseComesFirst()
    {
        await PutAsync(("a", """{"n":true}"""), ("b", """{"n":false}"""), ("c", "{}"));

        (await OrderedAsync(new DocumentOrder(["n"]))).ShouldBe(["c", "b", "a"]);
    }

    [Fact]
    public async Task Query_OrderByTwoMembers_TheSecondDecidesAmongEquals()
    {
        await PutAsync(("a", """{"n":1,"m":{"x":1}}"""), ("b", """{"n":2,"m":{"x":1}}"""), ("c", """{"n":1,"m":{"x":2}}"""), ("d", """{"n":2,"m":{"x":2}}"""));

        (await OrderedAsync(new DocumentOrder(["n"]), new DocumentOrder(["m", "x"], Descending: true))).ShouldBe(["c", "a", "d", "b"]);
    }

    [Fact]
    public async Task Query_EqualInADescendingOrder_FollowsByKeyAscending()
    {
        await PutAsync(("b", """{"n":1}"""), ("a", """{"n":1}"""), ("c", """{"n":2}"""));

        (await OrderedAsync(new DocumentOrder(["n"], Descending: true))).ShouldBe(["c", "a", "b"]);
    }

    [Theory]
    [InlineData(0, 2, "a,b")]
    [InlineData(2, 2, "c,d")]
    [InlineData(4, 2, "e")]
    [InlineData(5, 2, "")]
    [InlineData(99, int.MaxValue, "")]
    [InlineData(3, int.MaxValue, "d,e")]
    public async Task Query_SkipAndTake_ReturnThePage(int skip, int take, string expected)
    {
        await PutAsync(("e", "{}"), ("d", "{}"), ("c", "{}"), ("b", "{}"), ("a", "{}"));

        (await KeysAsync(new DocumentQuery { Collection = Sample.Views, Skip = skip, Take = take }))
            .ShouldBe(expected.Split(',', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Query_ByAUniqueMember_FindsTheDocumentAndHonoursTheOtherConditions()
    {
        await WriteAsync(Sample.Document("a", """{"email":"a@x","total":1}"""), Sample.Document("b", """{"email":"b@x","total":2}"""), Sample.Document("c"));

        var byEmail = Where("email", DocumentComparison.Equal, DocumentValue.Of("b@x"));
        (await KeysAsync(Carts(byEmail))).ShouldBe(["b"]);
        (await KeysAsync(Carts(byEmail, Where("total", DocumentComparison.Less, DocumentValue.Of(2))))).ShouldBeEmpty();
        (await KeysAsync(Carts(Where("email", DocumentComparison.Equal, DocumentValue.Null)))).ShouldBe(["c"]);
    }

    [Fact]
    public async Task Query_AfterAChange_SeesTheNewStateOnly()
    {
        await WriteAsync(Sample.Document("a", """{"email":"old"}"""), Sample.Document("b", """{"email":"gone"}"""));
        await WriteAsync(Sample.Document("a", """{"email":"new"}""", version: 2, expected: 1), Sample.Deletion("b", 1));

        (await KeysAsync(Carts(Where("email", DocumentComparison.Equal, DocumentValue.Of("new"))))).ShouldBe(["a"]);
        (await KeysAsync(Carts(Where("email", DocumentComparison.Equal, DocumentValue.Of("old"))))).ShouldBeEmpty();
        (await KeysAsync(Carts())).ShouldBe(["a"]);
    }

    [Fact]
    public async Task Count_IgnoresOrderAndPaging()
    {
        await PutAsync(("a", """{"n":1}"""), ("b", """{"n":2}"""), ("c", """{"n":3}"""));
        var query = new DocumentQuery
        {
            Collection = Sample.Views,
            Where = [Where("n", DocumentComparison.GreaterOrEqual, DocumentValue.Of(2))],
            OrderBy = [new(["n"])],
            Skip = 1,
            Take = 1,
        };

        (await Store.CountDocumentsAsync(query, Cancellation)).ShouldBe(2);
    }

    [Fact]
    public async Task Count_EmptyCollection_IsZero() =>
        (await Store.CountDocumentsAsync(new() { Collection = Sample.Views }, Cancellation)).ShouldBe(0);

    private static DocumentCondition Where(string member, DocumentComparison comparison, DocumentValue value) => new([member], comparison, value);

    private static DocumentQuery Carts(params DocumentCondition[] conditions) => new() { Collection = Sample.Carts, Where = conditions };

    private Task<CommitResult> PutAsync(params (string Key, string Body)[] documents) =>
        WriteAsync(documents.Select(d => Sample.Document(d.Key, d.Body, collection: Sample.Views)).ToArray());

    private Task<string[]> KeysAsync(params DocumentCondition[] conditions) => KeysAsync(new DocumentQuery { Collection = Sample.Views, Where = conditions });

    private Task<string[]> OrderedAsync(params DocumentOrder[] order) => KeysAsync(new DocumentQuery { Collection = Sample.Views, OrderBy = order });

    private async Task<string[]> KeysAsync(DocumentQuery query) =>
        (await Store.QueryDocumentsAsync(query, Cancellation)).Select(d => d.Key).ToArray();
}
