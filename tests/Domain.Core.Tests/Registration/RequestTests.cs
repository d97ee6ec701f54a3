using Shouldly;
using Xunit;
using static Protean.Tests.Registration.Startup;

namespace Protean.Tests.Registration;

/// <summary>Commands and queries: what is found wrong with their handlers, and where commands stand.</summary>
public sealed class RequestTests
{
    [Fact]
    public void CommandHandler_WithoutAMethod_IsReported() =>
        OnlyFindingOf(d =>
        {
            d.Aggregate<User>();
            d.CommandHandler<User>();
        }).ShouldSay("user:command of User handles no command", ".On<TCommand>(");

    [Fact]
    public void CommandHandler_OfAnAggregateThatIsNotDeclared_IsReported() =>
        OnlyFindingOf(d => d.CommandHandler<User>().On<Register>((_, _) => { })).ShouldSay("part of User, which is not declared", "domain.Aggregate<User>()");

    [Fact]
    public void CommandHandler_OfAnUndeclaredAggregateWithACategory_IsReportedToo() =>
        OnlyFindingOf(d => d.CommandHandler<User>().StreamCategory("manage_user").On<Register>((_, _) => { }))
            .ShouldSay("part of User, which is not declared", "domain.Aggregate<User>()");

    [Fact]
    public void CommandHandler_ACategoryThatIsNone_IsReported() =>
        OnlyFindingOf(d =>
        {
            d.Aggregate<User>();
            d.CommandHandler<User>().StreamCategory("Manage-User").On<Register>((_, _) => { });
        }).ShouldSay("Command handler user:command", "'test::Manage-User:command'");

    [Fact]
    public void CommandHandler_ATargetIdOfAnUnusableType_IsReported() =>
        OnlyFindingOf(d =>
        {
            d.Aggregate<User>();
            d.CommandHandler<User>().On<Mistargeted>((_, _) => { });
        }).ShouldSay("Mistargeted.When", "[TargetId]", "DateTime");

    [Fact]
    public void QueryHandler_WithoutAMethod_IsReported() =>
        OnlyFindingOf(d => d.QueryHandler()).ShouldSay("(query handler) answers no query", ".On<TQuery, TResult>(");

    [Fact]
    public void QueryHandler_TwoForOneQuery_AreReported() =>
        OnlyFindingOf(d =>
        {
            d.QueryHandler().Named("one").On<FindUser, bool>((_, _) => true);
            d.QueryHandler().On<FindUser, bool>((_, _) => Task.FromResult(false)).Named("two");
        }).ShouldSay("FindUser has two handlers, one and two", "Remove one");

    [Fact]
    public async Task Commands_ByDefault_StandInTheAggregatesCategory()
    {
        await using var domain = Create(h => h.On<Register>((_, _) => { }));

        domain.Model.CommandCategories.ShouldBe(["test::user:command"]);
    }

    [Fact]
    public async Task Commands_WithACategory_StandThere()
    {
        await using var domain = Create(h => h.StreamCategory("manage_user").On<Register>((_, _) => { }));

        domain.Model.CommandCategories.ShouldBe(["test::manage_user:command"]);
    }

    [Fact]
    public async Task Commands_WithACategoryThatHasItsSuffix_HaveItOnce()
    {
        await using var domain = Create(h => h.StreamCategory("manage_user:command").On<Register>((_, _) => { }));

        domain.Model.CommandCategories.ShouldBe(["test::manage_user:command"]);
    }

    [Fact]
    public async Task Commands_OfAnAggregateWithACategory_StandThere()
    {
        await using var domain = Domain.Create("Test", d =>
        {
            d.Aggregate<User>().StreamCategory("identity");
            d.CommandHandler<User>().On<Register>((_, _) => { });
            d.UseInMemory();
        });

        domain.Model.CommandCategories.ShouldBe(["test::identity:command"]);
    }

    [Fact]
    public async Task Target_ASelector_NamesTheStream() =>
        (await StreamOfAsync(h => h.On<ByMark>(c => c.Other, (_, _) => { }), new ByMark("marked", "selected"), "selected")).ShouldBe("test::user:command-selected");

    [Fact]
    public async Task Target_AMarkedParameter_NamesTheStream() =>
        (await StreamOfAsync(h => h.On<ByMark>((_, _) => { }), new ByMark("marked", "other"))).ShouldBe("test::user:command-marked");

    [Fact]
    public async Task Target_AMarkedProperty_NamesTheStream() =>
        (await StreamOfAsync(h => h.On<ByProperty>((_, _) => { }), new ByProperty { Which = 7, UserId = "not this" })).ShouldBe("test::user:command-7");

    [Fact]
    public async Task Target_APropertyNamedAfterTheAggregate_NamesTheStream() =>
        (await StreamOfAsync(h => h.On<Register>((_, _) => { }), new Register("u-1"))).ShouldBe("test::user:command-u-1");

    [Fact]
    public async Task Target_ATypedId_NamesTheStream() =>
        (await StreamOfAsync(h => h.On<ByTypedId>((_, _) => { }), new ByTypedId(new UserId(42)))).ShouldBe("test::user:command-42");

    [Fact]
    public async Task Target_None_IsTheCommandsOwnId()
    {
        var seen = Guid.Empty;

        var stream = await StreamOfAsync(h => h.On<Untargeted>((_, c) => seen = c.Message!.Id), new Untargeted("x"));

        stream.ShouldBe($"test::user:command-{seen}");
    }

    [Fact]
    public async Task Target_ANullId_IsTheCommandsOwnId()
    {
        var seen = Guid.Empty;

        var stream = await StreamOfAsync(h => h.On<Nullable>((_, c) => seen = c.Message!.Id), new Nullable(null));

        stream.ShouldBe($"test::user:command-{seen}");
    }

    private static Domain Create(Action<CommandHandlerBuilder<User>> handle) => Domain.Create("Test", d =>
    {
        d.Aggregate<User>();
        handle(d.CommandHandler<User>());
        d.UseInMemory();
    });

    private static async Task<string> StreamOfAsync(Action<CommandHandlerBuilder<User>> handle, ICommand command, string? user = null)
    {
        await using var domain = Create(handle);
        if (user is not null)
            await domain.Repository<User>().SaveAsync(User.With(user));
        await domain.ProcessAsync(command);
        var page = await domain.Store.ReadLogAsync(new() { After = 0, MaxCount = 10, Kinds = MessageKind.HandledCommand });
        return page.Messages.ShouldHaveSingleItem().Stream.Value;
    }

    public sealed record ByMark([TargetId] string Marked, string Other) : ICommand;

    public sealed record Mistargeted([TargetId] DateTime When) : ICommand;

    public sealed record ByProperty : ICommand
    {
        [TargetId]
        public int Which { get; init; }

        public string UserId { get; init; } = "";
    }

    public readonly record struct UserId(long Value) : ITypedId;

    public sealed record ByTypedId(UserId UserId) : ICommand;

    public sealed record Nullable(string? UserId) : ICommand;

    public sealed record Untargeted(string Text) : ICommand;
}
