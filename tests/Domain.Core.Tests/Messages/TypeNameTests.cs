using Protean.Tests.Model;
using Shouldly;
using Xunit;

namespace Protean.Tests.Messages;

/// <summary>What messages are called in the store, and what they were called before.</summary>
public sealed class TypeNameTests
{
    [Theory]
    [InlineData("inventory-orders", "InventoryOrders.Packed.v1")]
    [InlineData("Test", "Test.Packed.v1")]
    [InlineData("my shop 2", "MyShop2.Packed.v1")]
    public async Task Of_AnEvent_IsDomainClassAndVersion(string domainName, string expected)
    {
        await using var domain = Domain.Create(domainName, d =>
        {
            d.Event<Packed>();
            d.UseInMemory();
        });

        domain.Model.Types.Of(typeof(Packed)).Name.ShouldBe(expected);
    }

    [Fact]
    public async Task Of_AnEventWithASchemaVersion_CarriesIt()
    {
        await using var domain = Make();

        domain.Model.Types.Of(typeof(Sealed)).Name.ShouldBe("Test.Sealed.v2");
    }

    [Fact]
    public async Task Of_AnExternalEvent_IsTheNameItHasThere()
    {
        await using var domain = Make();

        var type = domain.Model.Types.Of(typeof(Paid));

        (type.Name, type.IsExternal).ShouldBe(("Billing.InvoicePaid.v1", true));
    }

    [Fact]
    public async Task Read_OfAnExternalEvent_FindsItsClass()
    {
        await using var domain = Make();

        (await ReadAsync(domain, "Billing.InvoicePaid.v1", """{"amount":5}""")).ShouldBe(new Paid(5));
    }

    [Theory]
    [InlineData("Test.Closed.v1")]
    [InlineData("Test.Closed.v2")]
    [InlineData("Test.Sealed.v1")]
    [InlineData("Test.Sealed.v2")]
    public async Task Read_OfAClassWithAFormerName_FindsItUnderEachNameAndVersion(string stored)
    {
        await using var domain = Make();

        (await ReadAsync(domain, stored, """{"by":"Ada"}""")).ShouldBe(new Sealed("Ada"));
    }

    [Theory]
    [InlineData("Test.Wrapped.v1")]
    [InlineData("Old.Boxed.v1")]
    public async Task Read_OfAClassThatWasFormerlyNamed_FindsIt(string stored)
    {
        await using var domain = Make();

        (await ReadAsync(domain, stored, """{"weight":5}""")).ShouldBe(new Packed(5));
    }

    [Fact]
    public async Task Read_OfATypeNobodyRegistered_IsNothing()
    {
        await using var domain = Make();

        (await ReadAsync(domain, "System.Diagnostics.Process.v1", "{}")).ShouldBeNull();
    }

    [Fact]
    public void Create_WithTwoClassesOfOneName_NamesBoth()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", d =>
        {
            d.Event<Packed>();
            d.Event<Other.Packed>();
            d.UseInMemory();
        }));

        error.Findings.Single().ShouldContain("TypeNameTests+Packed");
        error.Findings.Single().ShouldContain("TypeNameTests+Other+Packed");
        error.Findings.Single().ShouldContain("'Test.Packed.v1'");
    }

    [Fact]
    public void Create_WithAFormerNameThatIsAnotherClass_NamesBoth()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", d =>
        {
            d.Event<Packed>();
            d.Event<Paid>().FormerlyNamed("Packed");
            d.UseInMemory();
        }));

        error.Findings.Single().ShouldContain("'Test.Packed.v1'");
    }

    [Fact]
    public void Create_WithAVersionBelowOne_NamesTheEvent()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", d =>
        {
            d.Event<Zero>();
            d.UseInMemory();
        }));

        error.Findings.ShouldContain(f => f.Contains("Zero has [SchemaVersion(0)]", StringComparison.Ordinal));
    }

    [Fact]
    public void Create_WithAnAbstractEvent_NamesIt()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", d =>
        {
            d.Event<AnyPacking>();
            d.UseInMemory();
        }));

        error.Findings.Single().ShouldStartWith("AnyPacking is declared as a message, but no instance of it can exist");
    }

    private static Domain Make() => Domain.Create("Test", d =>
    {
        d.Event<Packed>().FormerlyNamed("Wrapped").FormerlyNamed("Old.Boxed.v1");
        d.Event<Sealed>().Upcast(1, _ => { });
        d.ExternalEvent<Paid>("Billing.InvoicePaid.v1");
        d.UseInMemory();
    });

    private static async Task<object?> ReadAsync(Domain domain, string type, string json)
    {
        await domain.PutMessageAsync("test::box-1", type, json);
        return domain.Read((await domain.LogAsync())[0]);
    }

    public sealed record Packed(int Weight) : IDomainEvent;

    [SchemaVersion(2)]
    [FormerName("Closed")]
    public sealed record Sealed(string By) : IDomainEvent;

    public sealed record Paid(int Amount) : IDomainEvent;

    [SchemaVersion(0)]
    public sealed record Zero : IDomainEvent;

    public abstract record AnyPacking : IDomainEvent;

    public static class Other
    {
        public sealed record Packed : IDomainEvent;
    }
}
