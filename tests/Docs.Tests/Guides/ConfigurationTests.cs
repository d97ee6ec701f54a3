using System.Globalization;
using System.Reflection;
using Protean.Engine;
using Protean.EventStore;
using Protean.EventStore.Sqlite;
using Shouldly;
using Xunit;

namespace Protean.Docs.Guides;

/// <summary>What is set in code is in the guides, with its default. What files can set is tested with the engine.</summary>
public sealed class ConfigurationTests
{
    [Fact]
    public void Configuration_ListsEverySettingOfTheDomain()
    {
        var settings = typeof(DomainBuilder).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.SetMethod?.IsPublic == true).Select(p => $"`{p.Name}`");

        Document.Read("docs/guides/configuration.md").Table("Settings of the domain").Select(row => row[0]).ShouldBe(settings, ignoreOrder: true);
    }

    [Fact]
    public async Task Configuration_OfTheDomain_ShowsTheDefaults()
    {
        Dictionary<string, string> defaults = [];
        await using var domain = Domain.Create("shop", builder =>
        {
            foreach (var property in typeof(DomainBuilder).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.SetMethod?.IsPublic == true))
                defaults[$"`{property.Name}`"] = Shown(property.GetValue(builder));
            builder.UseInMemory();
        });

        foreach (var row in Document.Read("docs/guides/configuration.md").Table("Settings of the domain"))
        {
            // What is worked out from other settings says more than "none".
            if (defaults[row[0]].Length > 0)
                row[1].Trim('`').ShouldBe(defaults[row[0]], row[0]);
        }
    }

    [Theory]
    [InlineData("Options of SQLite", typeof(SqliteStoreOptions))]
    [InlineData("Options of PostgreSQL", typeof(PostgresStoreOptions))]
    public void Stores_ListEveryOption(string heading, Type options) =>
        Document.Read("docs/guides/stores.md").Table(heading).Select(row => row[0]).ShouldBe(options.GetProperties().Select(p => $"`{p.Name}`"), ignoreOrder: true);

    [Fact]
    public void Operating_ListsEveryLimitOfTheHealthCheck() =>
        typeof(EngineHealthOptions).GetProperties().ShouldAllBe(p => Document.ReadText("docs/guides/operating.md").Contains($"`{p.Name}`"));

    private static string Shown(object? value) => value switch
    {
        null => "",
        int number => number.ToString("N0", CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
