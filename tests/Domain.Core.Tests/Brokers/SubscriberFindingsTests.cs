using Protean.Tests.Registration;
using Xunit;
using static Protean.Tests.Registration.Startup;

namespace Protean.Tests.Brokers;

/// <summary>What is found wrong with subscribers when a domain starts.</summary>
public sealed class SubscriberFindingsTests
{
    public sealed record Paid(string OrderId) : IDomainEvent;

    public sealed record Refunded(string OrderId) : IDomainEvent;

    [Fact]
    public void Subscriber_WithoutABroker_IsReported() =>
        OnlyFindingOf(d => d.Subscriber("payments.paid").Message<Paid>("Payments.Paid.v1").On<Paid>((_, _) => { }))
            .ShouldSay("Subscriber paid listens to a broker", "domain 'Test' has none", "UseInMemoryBroker()");

    [Fact]
    public void Subscriber_WithoutATopic_IsReported() =>
        OnlyFindingOf(d => Declared(d)).ShouldSay("Subscriber payments has no topic", "Subscriber(\"billing.invoice_paid\")");

    [Theory]
    [InlineData("paid", "a topic is '{domain}.{name}'")]
    [InlineData("payments.Paid", "it contains 'P'")]
    [InlineData("payments.paid.7", "its last word is 7")]
    public void Topic_ThatIsNone_IsReported(string topic, string problem) =>
        OnlyFindingOf(d => Declared(d, topic)).ShouldSay($"Subscriber payments cannot listen to the topic '{topic}'", problem);

    [Fact]
    public void Group_ThatCannotBe_IsReported() =>
        OnlyFindingOf(d => Declared(d, "payments.paid").Group("No Group")).ShouldSay("Subscriber payments cannot be the group 'No Group'", ".Group(…)");

    [Fact]
    public void Group_OfTwo_IsReported() =>
        OnlyFindingOf(d =>
        {
            Declared(d, "payments.paid").Group("one");
            Declared(d, "payments.paid").Named("other").Group("one");
        }).ShouldSay("Subscriber payments and Subscriber other share the group 'one'", "each message would go to one of them only");

    [Fact]
    public void Method_ForATypeThatIsNotNamed_IsReported() =>
        OnlyFindingOf(d => Declared(d, "payments.paid").On<Refunded>((_, _) => { }))
            .ShouldSay("Subscriber payments handles Refunded, but nothing says what that is called outside", ".Message<Refunded>(\"Their.Type.v1\")");

    [Fact]
    public void Message_WithoutAMethod_IsReported() =>
        OnlyFindingOf(d => Declared(d, "payments.paid").Message<Refunded>("Payments.Refunded.v1"))
            .ShouldSay("Subscriber payments takes Refunded in and has no method for it", ".On<Refunded>(…)");

    [Fact]
    public void Type_ThatIsTwoThings_IsReported() =>
        OnlyFindingOf(d => Declared(d, "payments.paid").Message<Refunded>("Payments.Paid.v1").On<Refunded>((_, _) => { }).Message<Refunded>("Payments.Refunded.v1"))
            .ShouldSay("Subscriber payments is told twice what 'Payments.Paid.v1' is: Paid and Refunded");

    [Fact]
    public void Subscriber_ToldWhenToRun_IsReported() =>
        OnlyFindingOf(d => Declared(d, "payments.paid").Inline()).ShouldSay("Subscriber payments is told when to run", "the Engine calls it");

    [Fact]
    public void Subscriber_WithACategory_IsReported() =>
        OnlyFindingOf(d => Declared(d, "payments.paid").StreamCategory("user")).ShouldSay("Subscriber payments is told a category of this domain");

    [Fact]
    public void Subscriber_Renamed_IsReported() =>
        OnlyFindingOf(d => Declared(d, "payments.paid").FormerlyNamed("payment")).ShouldSay("Subscriber payments was formerly named 'payment'", ".Named(\"payment\")");

    [Fact]
    public void Subscriber_ToldWhereToStart_IsReported() =>
        OnlyFindingOf(d => Declared(d, "payments.paid").StartFrom(StartFrom.Now)).ShouldSay("Subscriber payments is told where to start", "everything in there is to be handled");

    private static SubscriberBuilder Declared(DomainBuilder domain, params string[] topics)
    {
        domain.UseInMemoryBroker();
        return domain.Subscriber(topics).Named("payments").Message<Paid>("Payments.Paid.v1").On<Paid>((_, _) => { });
    }
}
