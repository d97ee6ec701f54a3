using Protean.Tests.Registration.Discovered;
using Shouldly;
using Xunit;

namespace Protean.Tests.Registration;

/// <summary>What an assembly holds is declared by looking at it.</summary>
public sealed class DiscoveryTests
{
    [Fact]
    public async Task Discover_Aggregates_AreDeclaredUnlessAbstract()
    {
        await using var domain = Create();

        domain.Model.Aggregates.Keys.ShouldBe([typeof(Book)]);
    }

    [Fact]
    public async Task Discover_Events_AreDeclaredOfTheNamespaceAndBelow()
    {
        await using var domain = Create();

        domain.Model.Types.All.Select(t => t.Name).ShouldBe(
            ["Test.BookLent.v1", "Test.BookReturned.v1", "Test.Nested.v1", "Test.BookBound.v1", "Test.LendBook.v1"], ignoreOrder: true);
    }

    [Fact]
    public async Task Discover_EventHandlers_AreNamedAfterTheirClassOrAttribute()
    {
        await using var domain = Create();

        domain.Model.EventHandlers.Select(h => h.Name).ShouldBe(["archive", "Reminder", "Watcher"]);
    }

    [Fact]
    public async Task Discover_AnEventHandlerOfAnAggregate_ListensToIt()
    {
        await using var domain = Create();

        domain.Handler("Reminder").PartOf.ShouldBe(typeof(Book));
        domain.Handler("Reminder").Categories.ShouldBe(["test::book"]);
        domain.Handler("Reminder").SourceStream.ShouldBeNull();
    }

    [Fact]
    public async Task Discover_WhatTheAttributeSays_IsTaken()
    {
        await using var domain = Create();

        domain.Handler("archive").Categories.ShouldBe(["shop::book"]);
        domain.Handler("archive").SourceStream.ShouldBe("test::lending");
    }

    [Fact]
    public async Task Discover_AnEventHandlerOfNoAggregate_ListensToItsCategory()
    {
        await using var domain = Create();

        domain.Handler("Watcher").PartOf.ShouldBeNull();
        domain.Handler("Watcher").Categories.ShouldBe(["$all"]);
        domain.Handler("Watcher").HandlesAny.ShouldBeTrue();
    }

    [Fact]
    public async Task Discover_CommandsAndQueries_AreHandled()
    {
        await using var domain = Create();
        await domain.Repository<Book>().SaveAsync(Book.Of("b-1"));

        await domain.ProcessAsync(new LendBook("b-1"));

        (await domain.QueryAsync(new IsLent("b-1"))).ShouldBeTrue();
        domain.Model.CommandCategories.ShouldBe(["test::lending:command"]);
    }

    [Fact]
    public void Discover_AHandlerThatIsDeclaredTooByHand_IsReported() =>
        Startup.OnlyFindingOf(d =>
        {
            d.Discover(typeof(DiscoveryTests).Assembly, typeof(Book).Namespace);
            d.EventHandler<Book>().Use<Reminder>();
        }).ShouldSay("2 handlers are named 'Reminder'");

    [Fact]
    public async Task Discover_Twice_DeclaresAggregatesAndEventsOnce()
    {
        await using var domain = Domain.Create("Test", d =>
        {
            d.Discover(typeof(DiscoveryTests).Assembly, "Protean.Tests.Registration.Discovered.Below");
            d.Discover(typeof(DiscoveryTests).Assembly, "Protean.Tests.Registration.Discovered.Below");
            d.UseInMemory();
        });

        domain.Model.Types.All.ShouldHaveSingleItem().Name.ShouldBe("Test.BookBound.v1");
    }

    private static Domain Create() => Domain.Create("Test", d =>
    {
        d.Discover(typeof(DiscoveryTests).Assembly, typeof(Book).Namespace);
        d.UseInMemory();
    });
}
