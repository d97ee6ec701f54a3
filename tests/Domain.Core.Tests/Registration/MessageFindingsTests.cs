using System.Text.Json.Serialization;
using Shouldly;
using Xunit;
using static Protean.Tests.Registration.Startup;

namespace Protean.Tests.Registration;

/// <summary>What is found wrong with message types when a domain starts.</summary>
public sealed class MessageFindingsTests
{
    [Fact]
    public void Event_Abstract_IsReported() =>
        OnlyFindingOf(d => d.Event<Happening>()).ShouldSay("Happening", "no instance of it can exist", "derive from it");

    [Fact]
    public void Event_ThatIsNoJson_IsReported() =>
        OnlyFindingOf(d => d.Event<Unwritable>()).ShouldSay("Unwritable cannot be written as JSON");

    [Fact]
    public void Event_TwoOfOneName_AreReported() =>
        FindingsOf(d =>
        {
            d.Event<Registered>();
            d.Event<Elsewhere.Registered>();
        }).ShouldContain(f => f.Contains(typeof(Registered).FullName!) && f.Contains(typeof(Elsewhere.Registered).FullName!) && f.Contains("'Test.Registered.v1'") && f.Contains("rename one"));

    [Fact]
    public void Event_AFormerNameThatAnotherHas_IsReported() =>
        OnlyFindingOf(d =>
        {
            d.Event<Registered>();
            d.Event<Renamed>().FormerlyNamed("Registered");
        }).ShouldSay("Registered", "Renamed", "'Test.Registered.v1'");

    [Fact]
    public void Event_AGapInItsUpcasters_IsReported() =>
        OnlyFindingOf(d => d.Event<Versioned>().Upcast(1, _ => { })).ShouldSay("Versioned has schema version 3", "from version 2", ".Upcast(2,", ".StoredSince(3)");

    [Fact]
    public void Event_AnUpcasterTooMany_IsReported() =>
        OnlyFindingOf(d => d.Event<Registered>().Upcast(1, _ => { })).ShouldSay("Registered has an upcaster from version 1", "raise [SchemaVersion]");

    [Fact]
    public void Event_ASchemaVersionBelowOne_IsReported() =>
        OnlyFindingOf(d => d.Event<Unborn>()).ShouldSay("Unborn has [SchemaVersion(0)]", "versions begin with 1");

    [Fact]
    public async Task Event_OldVersionsThatNobodyStores_NeedNoUpcasters()
    {
        await using var domain = Domain.Create("Test", d => d.UseInMemory().Event<Versioned>().StoredSince(3));

        domain.Model.Types.Of(typeof(Versioned)).Name.ShouldBe("Test.Versioned.v3");
    }

    [Fact]
    public void Event_ANameBeyondTheLimit_IsReported() =>
        OnlyFindingOf(d => d.ExternalEvent<Registered>("Other." + new string('x', 200) + ".v1")).ShouldSay("has 209 characters", "200 are the most");

    [Fact]
    public void Upcast_TwiceFromOneVersion_IsRefusedAtOnce() =>
        Should.Throw<ArgumentException>(() => Domain.Create("Test", d => d.Event<Versioned>().Upcast(1, _ => { }).Upcast(1, _ => { })))
            .Message.ShouldSay("Versioned", "from version 1 already");

    public abstract record Happening(string Id) : IDomainEvent;

    public sealed record Unwritable([property: JsonPropertyName("b")] string A, string B) : IDomainEvent;

    [SchemaVersion(3)]
    public sealed record Versioned(string Id) : IDomainEvent;

    [SchemaVersion(0)]
    public sealed record Unborn(string Id) : IDomainEvent;

    public static class Elsewhere
    {
        public sealed record Registered(string UserId) : IDomainEvent;
    }
}
