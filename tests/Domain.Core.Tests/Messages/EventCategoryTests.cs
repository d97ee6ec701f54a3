using Protean.Tests.Bus;
using Protean.Tests.Processing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Messages;

/// <summary>The category of an event is declared once, and known wherever the event is.</summary>
public sealed class EventCategoryTests
{
    [Fact]
    public async Task Category_OfATypeOfEvent_IsDeclaredInheritedOrWhatItIs()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.Event<UserLoggedIn>();
            domain.Event<UserReturned>();
            domain.Event<UserFollowed>().Category(EventCategory.CrossDomain);
        });

        EventCategory? Of<T>() => bank.Domain.Model.Types.Of(typeof(T)).Category;
        Of<Opened>().ShouldBe(EventCategory.Domain);
        Of<Posted>().ShouldBe(EventCategory.CrossDomain);
        Of<UserLoggedIn>().ShouldBe(EventCategory.System);
        Of<UserReturned>().ShouldBe(EventCategory.System);
        Of<UserFollowed>().ShouldBe(EventCategory.CrossDomain);
    }

    [Fact]
    public async Task Category_OfACommand_IsNone()
    {
        await using var bank = Bank.Acting((_, _) => Task.CompletedTask);

        bank.Domain.Model.Types.Of(typeof(Act)).Category.ShouldBeNull();
    }

    [Fact]
    public async Task Category_OfAMessage_IsSeenByItsHandlersWhereverTheyRun()
    {
        List<(string Handler, EventCategory? Category)> seen = [];
        await using var bank = Bank.Create(domain =>
        {
            domain.Event<Opened>().Category(EventCategory.System);
            domain.EventHandler<Account>().Named("same").InSameCommit().On<Opened>((_, context) => seen.Add(("same", context.Message!.EventCategory)));
            domain.EventHandler<Account>().Named("inline").Inline().On<Opened>((_, context) => seen.Add(("inline", context.Message!.EventCategory)));
            domain.EventHandler<Account>().Named("engine").InEngine().On<Opened>((_, context) => seen.Add(("engine", context.Message!.EventCategory)));
        });

        await bank.Domain.OpenAsync("a");
        await bank.DrainAsync();

        seen.ShouldBe([("same", EventCategory.System), ("inline", EventCategory.System), ("engine", EventCategory.System)]);
    }

    [Fact]
    public async Task Category_GivenInTheDeclaration_CountsForTheBusToo()
    {
        await using var bank = Bank.Create(domain => domain.Event<UserFollowed>().Category(EventCategory.System));
        var heard = 0;
        bank.Bus.Subscribe<UserFollowed>(_ => { heard++; }, new() { Categories = [EventCategory.System] });

        await bank.Bus.PublishAsync(new UserFollowed(1));

        heard.ShouldBe(1);
    }

    [Fact]
    public void Category_WhereItCannotBe_IsAFinding()
    {
        var findings = Should.Throw<DomainConfigurationException>(() => Bank.Create(domain =>
        {
            domain.Event<Astray>();
            domain.Command<Confused>();
        })).Findings;

        findings.ShouldBe(
            ["Astray has [EventCategory(9)], which is no category: use Domain, System, CrossDomain.", "Confused has an [EventCategory], but is no event: take the attribute away."],
            ignoreOrder: true);
        Should.Throw<ArgumentOutOfRangeException>(() => Bank.Create(domain => domain.Event<Opened>().Category((EventCategory)9)));
    }

    [EventCategory((EventCategory)9)]
    public sealed record Astray : IDomainEvent;

    [EventCategory(EventCategory.System)]
    public sealed record Confused : ICommand;
}
