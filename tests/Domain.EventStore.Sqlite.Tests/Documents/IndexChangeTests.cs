using Protean.EventStore.Conformance;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Sqlite.Tests.Documents;

/// <summary>Indexes that come and go from one start of a program to the next.</summary>
public sealed class IndexChangeTests : SqliteTest
{
    private static readonly StoreDefinition None = With();
    private static readonly StoreDefinition Unique = With(new IndexDefinition("email", [["email"]], Unique: true));

    [Fact]
    public async Task Initialize_IndexIsAdded_HoldsForWhatIsThere()
    {
        await WriteAsync(await OpenAsync(definition: None), ("a", "x"), ("b", "y"));

        var store = await OpenAsync(definition: Unique);

        var error = await Assert.ThrowsAsync<DuplicateValueException>(() => WriteAsync(store, ("c", "x")));
        error.Index.ShouldBe("email");
        error.Key.ShouldBe("c");
        error.Value.ShouldBe("'x'");
        (await FindAsync(store, "y")).ShouldBe(["b"]);
        Plan("email").ShouldContain("_by_email");
    }

    [Fact]
    public async Task Initialize_UniqueIndexOverValuesThatRepeat_NamesThemAndLeavesTheRest()
    {
        var store = await OpenAsync(definition: None);
        await WriteAsync(store, ("a", "x"), ("b", "x"));

        var error = await Assert.ThrowsAsync<DuplicateValueException>(() => OpenAsync(definition: Unique));

        error.Key.ShouldBe("b");
        error.Value.ShouldBe("'x'");
        await WriteAsync(store, ("c", "x"));
        (await FindAsync(store, "x")).ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task Initialize_IndexIsNoLongerDeclared_LetsGo()
    {
        await WriteAsync(await OpenAsync(definition: Unique), ("a", "x"));

        var store = await OpenAsync(definition: None);

        await WriteAsync(store, ("b", "x"));
        (await FindAsync(store, "x")).ShouldBe(["a", "b"]);
        Scalar("SELECT count(*) FROM sqlite_master WHERE name LIKE '%_by_email'").ShouldBe(0L);
    }

    [Fact]
    public async Task Initialize_IndexComesBack_HoldsForWhatWasWrittenMeanwhile()
    {
        await WriteAsync(await OpenAsync(definition: Unique), ("a", "x"));
        await WriteAsync(await OpenAsync(definition: None), ("b", "y"));

        var store = await OpenAsync(definition: Unique);

        await Assert.ThrowsAsync<DuplicateValueException>(() => WriteAsync(store, ("c", "y")));
        (await FindAsync(store, "y")).ShouldBe(["b"]);
    }

    [Fact]
    public async Task Initialize_IndexBecomesUnique_HoldsFromThenOn()
    {
        await WriteAsync(await OpenAsync(definition: With(new IndexDefinition("email", [["email"]], Unique: false))), ("a", "x"));

        var store = await OpenAsync(definition: Unique);

        await Assert.ThrowsAsync<DuplicateValueException>(() => WriteAsync(store, ("b", "x")));
    }

    [Fact]
    public async Task Write_AnotherStoreHasAddedAnIndexMeanwhile_IsHeldByIt()
    {
        var old = await OpenAsync(definition: None);
        await WriteAsync(old, ("a", "x"));
        var store = await OpenAsync(definition: Unique);

        await WriteAsync(old, ("b", "y"));

        await Assert.ThrowsAsync<DuplicateValueException>(() => WriteAsync(old, ("c", "x")));
        (await FindAsync(store, "y")).ShouldBe(["b"]);
        (await FindAsync(old, "y")).ShouldBe(["b"]);
    }

    [Fact]
    public async Task Query_AnotherStoreHasDroppedTheIndexMeanwhile_FindsWhatIsThere()
    {
        var old = await OpenAsync(definition: Unique);
        await WriteAsync(old, ("a", "x"));
        (await FindAsync(old, "x")).ShouldBe(["a"]);

        await WriteAsync(await OpenAsync(definition: None), ("b", "x"));

        (await FindAsync(old, "x")).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Initialize_OfADroppedGenerationThereAreDocumentsLeft_TheyDoNotCount()
    {
        var store = await OpenAsync(definition: None);
        await WriteAsync(store, [.. Enumerable.Range(0, 1200).Select(n => ($"{n}", "same"))]);
        await store.CommitAsync(Commits.Change(Sample.Carts, GenerationAction.Begin, 1), Cancellation);
        await store.CommitAsync(Commits.Change(Sample.Carts, GenerationAction.Activate, 1), Cancellation);

        var unique = await OpenAsync(definition: Unique);

        (await unique.CountDocumentsAsync(new() { Collection = Sample.Carts }, Cancellation)).ShouldBe(0);
        Rows().ShouldBe(0L);
    }

    [Fact]
    public async Task Write_OfADroppedGenerationThereAreDocumentsLeft_TheyAreRemovedBitByBit()
    {
        var store = await OpenAsync(definition: None);
        await WriteAsync(store, [.. Enumerable.Range(0, 1200).Select(n => ($"{n}", "same"))]);
        await store.CommitAsync(Commits.Change(Sample.Carts, GenerationAction.Begin, 1), Cancellation);
        await store.CommitAsync(Commits.Change(Sample.Carts, GenerationAction.Activate, 1), Cancellation);
        var left = new List<long> { (long)Rows()! };

        for (var n = 0; n < 4; n++)
        {
            await store.CommitAsync(Commits.Write(Sample.Document($"{n}", generation: 1)), Cancellation);
            left.Add((long)Rows()!);
        }

        left.ShouldBe([700, 201, 2, 3, 4]);
    }

    private static StoreDefinition With(params IndexDefinition[] indexes) => new("shop", [new(Sample.Carts, indexes), new(Sample.Views, [])]);

    private static Task<CommitResult> WriteAsync(SqliteEventStore store, params (string Key, string Email)[] documents) => store.CommitAsync(
        Commits.Write([.. documents.Select(d => Sample.Document(d.Key, $$"""{"email":"{{d.Email}}"}"""))]), Cancellation).AsTask();

    private static async Task<IEnumerable<string>> FindAsync(SqliteEventStore store, string email) =>
        (await store.QueryDocumentsAsync(
            new() { Collection = Sample.Carts, Where = [new(["email"], DocumentComparison.Equal, DocumentValue.Of(email))] }, Cancellation)).Select(d => d.Key);

    private string Table() => (string)Scalar($"SELECT table_name FROM protean_collections WHERE name = '{Sample.Carts}'")!;

    private object? Rows() => Scalar($"SELECT count(*) FROM {Table()}");

    private string Plan(string member)
    {
        var column = new Sqlite.Documents.KeyColumn(new([member])).Column;
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = $"EXPLAIN QUERY PLAN SELECT * FROM {Table()} WHERE generation = 0 AND {column} = x'00'";
        using var reader = command.ExecuteReader();
        reader.Read();
        return reader.GetString(3);
    }
}
