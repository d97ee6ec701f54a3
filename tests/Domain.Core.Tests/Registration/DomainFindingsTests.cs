using Shouldly;
using Xunit;
using static Protean.Tests.Registration.Startup;

namespace Protean.Tests.Registration;

/// <summary>What is found wrong with a domain as a whole, and how it is told.</summary>
public sealed class DomainFindingsTests
{
    [Theory]
    [InlineData("1st-shop")]
    [InlineData("bücher")]
    [InlineData("---")]
    public void Name_ThatCanBeNoCategory_IsReported(string name) =>
        Should.Throw<DomainConfigurationException>(() => Domain.Create(name, d => d.UseInMemory()))
            .Findings.ShouldHaveSingleItem().ShouldSay($"'{name}'", "must begin with a letter");

    [Fact]
    public void MaxEventDepth_BelowOne_IsReported() =>
        OnlyFindingOf(d => d.MaxEventDepth = 0).ShouldSay("MaxEventDepth is 0", "1 or more");

    [Fact]
    public void MaxMessageBytes_BelowOne_IsReported() =>
        OnlyFindingOf(d => d.MaxMessageBytes = 0).ShouldSay("MaxMessageBytes is 0", "1 or more");

    [Fact]
    public void Store_None_IsReported() =>
        Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", _ => { }))
            .Findings.ShouldHaveSingleItem().ShouldSay("'Test' has no store", "UseInMemory()", "UseSqlite(", "UsePostgres(");

    [Fact]
    public void Findings_Several_AreReportedTogether()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", d =>
        {
            d.MaxEventDepth = 0;
            d.Aggregate<User>().SnapshotEvery(5);
            d.EventHandler().Named("lost").On<Registered>((_, _) => { });
            d.CommandHandler<User>();
        }));

        error.Domain.ShouldBe("Test");
        error.Findings.Count.ShouldBe(5);
        foreach (var finding in error.Findings)
            error.Message.ShouldContain(finding);
    }

    [Fact]
    public void Findings_TheSameTwice_IsToldOnce() =>
        OnlyFindingOf(d =>
        {
            d.Aggregate<User>();
            d.EventHandler<User>().Named("a").On<MessageFindingsTests.Happening>((_, _) => { }).On<MessageFindingsTests.Happening>((_, _) => { });
        }).ShouldSay("Happening");

    [Fact]
    public void Declaration_AtDeclarationTime_ChecksNothing() =>
        Should.NotThrow(() => new Microsoft.Extensions.DependencyInjection.ServiceCollection().AddDomainWithFindings());
}

file static class Declarations
{
    public static void AddDomainWithFindings(this Microsoft.Extensions.DependencyInjection.IServiceCollection services) =>
        Microsoft.Extensions.DependencyInjection.DomainServiceCollectionExtensions.AddDomain(services, "Test", d => d.MaxEventDepth = 0);
}
