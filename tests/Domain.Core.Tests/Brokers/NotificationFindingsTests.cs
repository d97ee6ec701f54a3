using Protean.Tests.Registration;
using Xunit;
using static Protean.Tests.Registration.Startup;

namespace Protean.Tests.Brokers;

/// <summary>What is found wrong with notifications when a domain starts.</summary>
public sealed class NotificationFindingsTests
{
    public sealed record Welcomed(string UserId) : INotificationEvent;

    public sealed record Greeted(string UserId) : INotificationEvent;

    [Fact]
    public void Scenario_InProcess_D32_ANotificationWithoutABroker_IsReported() =>
        OnlyFindingOf(d => d.Aggregate<User>().Raises<Welcomed>())
            .ShouldSay("Welcomed is a notification", "domain 'Test' has no broker", "UseInMemoryBroker()", "domain.Event<Welcomed>().KeptInLog()");

    [Fact]
    public void Notification_KeptInTheLog_NeedsNoBroker() =>
        OnlyFindingOf(d =>
        {
            d.Aggregate<User>().Raises<Welcomed>().Raises<Greeted>();
            d.Event<Welcomed>().KeptInLog();
        }).ShouldSay("Greeted is a notification");

    [Fact]
    public void Notification_KeptInTheLogAndToldHowToGoOut_IsReported() =>
        OnlyFindingOf(d =>
        {
            d.Aggregate<User>().Raises<Welcomed>();
            d.UseInMemoryBroker();
            d.Event<Welcomed>().KeptInLog().Compressed();
        }).ShouldSay("Welcomed is KeptInLog(), and is told how to go outside");

    [Fact]
    public void Notification_ThatIsRaisedHereAndMadeOfMessagesOfOthers_IsReported() =>
        OnlyFindingOf(d =>
        {
            d.Aggregate<User>().Raises<Welcomed>();
            d.UseInMemoryBroker();
            d.Subscriber("legacy.welcomed").Message<Welcomed>("Legacy.Welcomed.v1").On<Welcomed>((_, _) => { });
        }).ShouldSay("Welcomed is a notification of this domain", "it would not go out", "a type of its own");

    [Fact]
    public void Notification_ToldHowToGoOutAndTranslatedFromOthers_IsReported() =>
        OnlyFindingOf(d =>
        {
            d.UseInMemoryBroker();
            d.Event<Welcomed>().Topic("shop.welcomed");
            d.Subscriber("legacy.welcomed").Message("Legacy.Welcomed.v1", _ => new Welcomed("u")).On<Welcomed>((_, _) => { });
        }).ShouldSay("Welcomed is a notification of this domain", "it would not go out");

    [Fact]
    public void Notification_OfOthersToldHowToGoOut_IsReported() =>
        OnlyFindingOf(d =>
        {
            d.UseInMemoryBroker();
            d.ExternalEvent<Welcomed>("Legacy.Welcomed.v1").Topic("shop.welcomed");
        }).ShouldSay("Welcomed is an event of others", "take one of both away");

    [Theory]
    [InlineData("welcomed", "a topic is '{domain}.{name}'")]
    [InlineData("shop.Welcomed", "it contains 'W'")]
    public void Topic_ThatIsNone_IsReported(string topic, string problem) =>
        OnlyFindingOf(d =>
        {
            d.Aggregate<User>().Raises<Welcomed>();
            d.UseInMemoryBroker();
            d.Event<Welcomed>().Topic(topic);
        }).ShouldSay($"Welcomed cannot go out under the topic '{topic}'", problem);

    [Fact]
    public void Topic_OfTwo_IsReported() =>
        OnlyFindingOf(d =>
        {
            d.Aggregate<User>().Raises<Welcomed>().Raises<Greeted>();
            d.UseInMemoryBroker();
            d.Event<Welcomed>().Topic("shop.hello");
            d.Event<Greeted>().Topic("shop.hello");
        }).ShouldSay("Greeted and Welcomed would go out under the topic 'shop.hello'");
}
