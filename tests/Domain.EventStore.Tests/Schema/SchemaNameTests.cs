using Protean.EventStore.Conformance;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Schema;

public sealed class SchemaNameTests
{
    public static TheoryData<string> Impossible => new("", "Shop", "shöp", "a\"b", "a'b", "a b", "a;drop", "a-b", "1a", "pg_temp", "pg_", "a.b", "a\0", new string('a', 51));

    [Theory]
    [MemberData(nameof(Impossible))]
    public void New_ImpossibleSchema_IsRefusedByItsName(string schema)
    {
        var error = Should.Throw<ArgumentException>(() => new PostgresEventStore(new() { ConnectionString = "Host=127.0.0.1", Schema = schema }));

        error.Message.ShouldContain($"'{schema}'");
    }

    [Theory]
    [MemberData(nameof(Impossible))]
    public void ExportSchema_ImpossibleSchema_IsRefused(string schema) =>
        Should.Throw<ArgumentException>(() => PostgresEventStore.ExportSchema(Sample.Definition, schema));

    [Theory]
    [InlineData("a")]
    [InlineData("_")]
    [InlineData("shop_2")]
    public async Task New_PossibleSchema_IsTaken(string schema)
    {
        await using var store = new PostgresEventStore(new() { ConnectionString = "Host=127.0.0.1", Schema = schema });

        store.Name.ShouldBe("PostgreSQL");
    }
}
