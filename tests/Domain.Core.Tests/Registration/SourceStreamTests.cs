using Shouldly;
using Xunit;

namespace Protean.Tests.Registration;

/// <summary>A handler hears only what messages of its source stream have caused.</summary>
public sealed class SourceStreamTests
{
    private readonly List<string> _heard = [];

    [Fact]
    public async Task Scenario_B13_OnlyWhatTheSourceHasCaused_IsDelivered()
    {
        await using var domain = Create("user", d => d.EventHandler<User>().Named("mailer").On<Activated>((e, c) => c.ProcessAsync(new SendEmail("e-" + e.UserId))));

        await domain.RaiseFromEmailAsync(new Sent("without origin"));
        await domain.RaiseAsync(new Registered("u"), new Activated("u"));

        _heard.ShouldBe(["e-u"]);
    }

    [Fact]
    public async Task Scenario_B17_TheSource_IsQualifiedAndTheCategoryStays()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>().SourceStream("email").On<Registered>((_, _) => { }));

        domain.Handler("user").SourceStream.ShouldBe("test::email");
        domain.Handler("user").Categories.ShouldBe(["test::user"]);
    }

    [Fact]
    public async Task SourceStream_OfAnAggregate_IsItsCategory()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>().SourceStream<Email>().On<Registered>((_, _) => { }));

        domain.Handler("user").SourceStream.ShouldBe("test::email");
    }

    [Fact]
    public void SourceStream_OfAnAggregateThatIsNotDeclared_IsReported() =>
        Startup.OnlyFindingOf(d =>
        {
            d.Aggregate<User>();
            d.EventHandler<User>().SourceStream<Email>().On<Registered>((_, _) => { });
        }).ShouldBe("Event handler user has the source stream of Email, which is not declared: add domain.Aggregate<Email>().");

    [Fact]
    public async Task SourceStream_AnEventCausedByACommandOfTheCategory_Matches()
    {
        await using var domain = Create("send_email", _ => { });

        await domain.ProcessAsync(new SendEmail("e-1"));

        _heard.ShouldBe(["e-1"]);
    }

    [Fact]
    public async Task SourceStream_TheCommandCategoryItself_Matches()
    {
        await using var domain = Create("send_email:command", _ => { });

        await domain.ProcessAsync(new SendEmail("e-1"));

        _heard.ShouldBe(["e-1"]);
    }

    [Fact]
    public async Task SourceStream_AnEventCausedDirectlyByAnEventOfTheCategory_Matches()
    {
        await using var domain = Create("user", d => d.EventHandler<User>().Named("direct")
            .On<Registered>((e, c) => c.Repository<Email>().Add(Email.With("e-1", new Sent("e-1")))));

        await domain.RaiseAsync(new Registered("u"));

        _heard.ShouldBe(["e-1"]);
    }

    [Fact]
    public async Task SourceStream_AnEventCausedByACommandOfAnotherCategory_DoesNotMatch()
    {
        await using var domain = Create("user", _ => { });

        await domain.ProcessAsync(new SendEmail("e-1"));

        _heard.ShouldBeEmpty();
    }

    [Fact]
    public async Task SourceStream_ACategoryThatBeginsWithTheSource_DoesNotMatch()
    {
        await using var domain = Create("test::send", _ => { });

        await domain.ProcessAsync(new SendEmail("e-1"));

        _heard.ShouldBeEmpty();
    }

    [Fact]
    public async Task SourceStream_TwoHopsBack_DoesNotMatch()
    {
        await using var domain = Create("user", d =>
        {
            d.EventHandler<User>().Named("first hop").On<Registered>((_, c) => c.ProcessAsync(new SendEmail("near")));
            d.EventHandler<Email>().Named("second hop").On<Sent>(async (e, c) =>
            {
                if (e.EmailId == "near")
                    await c.ProcessAsync(new SendEmail("far"));
            });
        });

        await domain.RaiseAsync(new Registered("u"));

        _heard.ShouldBe(["near"]);
    }

    [Fact]
    public async Task SourceStream_QualifiedWithAnotherDomain_IsTakenAsItIs()
    {
        await using var domain = Create("billing::invoice", _ => { });

        domain.Handler("listener").SourceStream.ShouldBe("billing::invoice");
    }

    [Fact]
    public async Task SourceStream_QualifiedWithTheOwnDomain_IsTheSame()
    {
        await using var domain = Create("test::send_email", _ => { });

        await domain.ProcessAsync(new SendEmail("e-1"));

        _heard.ShouldBe(["e-1"]);
    }

    private Domain Create(string source, Action<DomainBuilder> declare) => Users.Create(d =>
    {
        d.CommandHandler<Email>().StreamCategory("send_email")
            .On<SendEmail>((command, c) => c.Repository<Email>().Add(Email.With(command.EmailId, new Sent(command.EmailId))));
        d.EventHandler<Email>().Named("listener").SourceStream(source)
            .On<Sent>((e, _) => _heard.Add(e.EmailId))
            .On<Registered>((_, _) => _heard.Add("registered"))
            .On<Activated>((_, _) => _heard.Add("activated"));
        declare(d);
    });
}
