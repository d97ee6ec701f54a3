using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.Tests.Storage;

public sealed class MessageSourceTests
{
    [Theory]
    [InlineData("shop::user-1", null, true)]
    [InlineData("shop::user:command-1", null, true)]
    [InlineData("shop::user", null, true)]
    [InlineData("shop::user:command", null, true)]
    [InlineData("shop::other-1", "shop::user-1", true)]
    [InlineData(null, "shop::user:command-1", true)]
    [InlineData("shop::users-1", null, false)]
    [InlineData("shop::use-1", null, false)]
    [InlineData("shop::user:commands-1", null, false)]
    [InlineData("shop::user:command:command-1", null, false)]
    [InlineData("SHOP::USER-1", null, false)]
    [InlineData("a-shop::user-1", null, false)]
    [InlineData("", "", false)]
    [InlineData(null, null, false)]
    public void Matches_CauseAndOrigin_ByCategoryOrItsCommands(string? cause, string? origin, bool expected) =>
        MessageSource.Matches(new() { CorrelationId = "c", CauseStream = cause, OriginStream = origin, RootStream = "shop::user-1" }, "shop::user")
            .ShouldBe(expected);

    [Fact]
    public void Matches_SourceOfCommands_DoesNotTakeTheAggregateForThem() =>
        MessageSource.Matches(new() { CorrelationId = "c", CauseStream = "shop::user-1" }, "shop::user:command").ShouldBeFalse();
}
