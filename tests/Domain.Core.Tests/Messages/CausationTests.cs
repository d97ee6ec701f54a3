using Protean.Storage;
using Protean.Tests.Model;
using Shouldly;
using Xunit;

namespace Protean.Tests.Messages;

/// <summary>What a stored message says of what caused it.</summary>
public sealed class CausationTests : IAsyncDisposable
{
    private readonly Domain _domain = Domain.Create("Test", d =>
    {
        d.EventProcessing = EventProcessing.Inline;
        d.Aggregate<User>();
        d.Aggregate<Mail>();
        d.Aggregate<Report>();
        d.EventHandler<User>().On<Registered>((e, context) => context.ProcessAsync(new SendMail(e.UserId)));
        d.CommandHandler<Mail>().On<SendMail>((c, context) => context.Repository<Mail>().Add(Mail.Send(c.MailId)));
        d.EventHandler<Mail>().On<Sent>((e, context) => context.ProcessAsync(new WriteReport(e.MailId)));
        d.CommandHandler<Report>().On<WriteReport>((c, context) => context.Repository<Report>().Add(Report.Write(c.ReportId)));
        d.CommandHandler<User>().On<Register>((c, context) => context.Repository<User>().Add(User.Register(c.UserId)));
        d.UseInMemory();
    });

    [Fact]
    public async Task SaveAsync_OutsideOfAnyHandler_BeginsAChain()
    {
        await _domain.Repository<User>().SaveAsync(User.Register("42"));

        var metadata = (await OfTypeAsync("Registered")).Metadata;
        metadata.CorrelationId.ShouldNotBeNullOrEmpty();
        (metadata.CausationId, metadata.CauseStream, metadata.OriginStream, metadata.RootStream).ShouldBe((null, null, null, null));
    }

    [Fact]
    public async Task SaveAsync_OfTwoAggregatesApart_BeginsTwoChains()
    {
        await _domain.Repository<Report>().SaveAsync(Report.Write("1"));
        await _domain.Repository<Report>().SaveAsync(Report.Write("2"));

        (await _domain.LogAsync()).Select(m => m.Metadata.CorrelationId).ShouldBeUnique();
    }

    [Fact]
    public async Task ProcessAsync_OfACommand_IsTheCauseOfItsEvents()
    {
        await _domain.ProcessAsync(new WriteReport("1"));

        var command = await OfTypeAsync("WriteReport");
        var written = await OfTypeAsync("Written");
        written.Metadata.CausationId.ShouldBe(command.Id);
        written.Metadata.CauseStream.ShouldBe("test::report:command-1");
        written.Metadata.RootStream.ShouldBe("test::report:command-1");
        written.Metadata.CorrelationId.ShouldBe(command.Metadata.CorrelationId);
    }

    [Fact]
    public async Task ProcessAsync_OfACommand_IsRecordedAsHandledBeforeItsEvents()
    {
        await _domain.ProcessAsync(new WriteReport("1"));

        (await _domain.LogAsync()).Select(m => m.Kind).ShouldBe([MessageKind.HandledCommand, MessageKind.Event]);
    }

    [Fact]
    public async Task Scenario_B15_ACommandWithinAnEventHandler_HasTheEventsStreamAsItsOrigin()
    {
        await _domain.Repository<User>().SaveAsync(User.Register("42"));

        (await OfTypeAsync("SendMail")).Metadata.OriginStream.ShouldBe("test::user-42");
    }

    [Fact]
    public async Task Scenario_B16_AnEventOfACommandWithAnOrigin_HasThatOrigin()
    {
        await _domain.Repository<User>().SaveAsync(User.Register("42"));

        (await OfTypeAsync("Sent")).Metadata.OriginStream.ShouldBe("test::user-42");
    }

    [Fact]
    public async Task Scenario_B16_AnEventOfACommandWithoutAnOrigin_HasNone()
    {
        await _domain.ProcessAsync(new WriteReport("1"));

        (await OfTypeAsync("Written")).Metadata.OriginStream.ShouldBeNull();
    }

    [Fact]
    public async Task Scenario_B21_AfterThreeHops_TheOriginIsTheLastHopAndTheRootTheFirst()
    {
        await _domain.Repository<User>().SaveAsync(User.Register("42"));

        var metadata = (await OfTypeAsync("Written")).Metadata;
        metadata.CauseStream.ShouldBe("test::report:command-42");
        metadata.OriginStream.ShouldBe("test::mail-42");
        metadata.RootStream.ShouldBe("test::user-42");
    }

    [Fact]
    public async Task Scenario_M94_AChainOfCommandsAndEvents_SharesOneCorrelation()
    {
        await _domain.ProcessAsync(new Register("42"), new CommandOptions { CorrelationId = "call-1" });

        (await _domain.LogAsync()).Select(m => m.Metadata.CorrelationId).ShouldBe(Enumerable.Repeat("call-1", 6));
    }

    [Fact]
    public async Task Scenario_M94_AChainOfCommandsAndEvents_NamesThePreviousAsTheCauseOfEach()
    {
        await _domain.ProcessAsync(new Register("42"));

        var log = await _domain.LogAsync();
        log.Skip(1).Select(m => m.Metadata.CausationId).ShouldBe(log.Take(5).Select(m => (Guid?)m.Id));
        log[0].Metadata.CausationId.ShouldBeNull();
    }

    [Fact]
    public async Task Scenario_M94_EffectsAsync_ListsTheWholeChainInOrder()
    {
        await _domain.ProcessAsync(new Register("42"));
        var log = await _domain.LogAsync();

        var effects = await _domain.EffectsAsync(log[0].Id);

        effects.Select(m => m.Type).ShouldBe(
            ["Test.Register.v1", "Test.Registered.v1", "Test.SendMail.v1", "Test.Sent.v1", "Test.WriteReport.v1", "Test.Written.v1"]);
    }

    [Fact]
    public async Task EffectsAsync_OfAMessageWithinAChain_LeavesOutWhatCameBefore()
    {
        await _domain.ProcessAsync(new Register("42"));

        var effects = await _domain.EffectsAsync((await OfTypeAsync("Sent")).Id);

        effects.Select(m => m.Type).ShouldBe(["Test.Sent.v1", "Test.WriteReport.v1", "Test.Written.v1"]);
    }

    [Fact]
    public async Task EffectsAsync_WithAnotherChainOfTheSameCorrelation_LeavesThatOut()
    {
        var options = new CommandOptions { CorrelationId = "call-1" };
        await _domain.ProcessAsync(new WriteReport("1"), options);
        await _domain.ProcessAsync(new WriteReport("2"), options);

        var effects = await _domain.EffectsAsync((await _domain.LogAsync())[0].Id);

        effects.Select(m => m.Stream.Value).ShouldBe(["test::report:command-1", "test::report-1"]);
    }

    [Fact]
    public async Task EffectsAsync_OfAMessageThatIsNotThere_IsEmpty() =>
        (await _domain.EffectsAsync(Guid.CreateVersion7())).ShouldBeEmpty();

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    private async Task<StoredMessage> OfTypeAsync(string type) =>
        (await _domain.LogAsync()).Single(m => m.Type == $"Test.{type}.v1");

    public sealed record Register(string UserId) : ICommand;

    public sealed record Registered(string UserId) : IDomainEvent;

    public sealed record SendMail(string MailId) : ICommand;

    public sealed record Sent(string MailId) : IDomainEvent;

    public sealed record WriteReport(string ReportId) : ICommand;

    public sealed record Written(string ReportId) : IDomainEvent;

    public sealed class User : EventSourcedAggregate
    {
        public static User Register(string id)
        {
            var user = new User { Id = id };
            user.Raise(new Registered(id));
            return user;
        }

        void Apply(Registered e)
        {
        }
    }

    public sealed class Mail : EventSourcedAggregate
    {
        public static Mail Send(string id)
        {
            var mail = new Mail { Id = id };
            mail.Raise(new Sent(id));
            return mail;
        }

        void Apply(Sent e)
        {
        }
    }

    public sealed class Report : EventSourcedAggregate
    {
        public static Report Write(string id)
        {
            var report = new Report { Id = id };
            report.Raise(new Written(id));
            return report;
        }

        void Apply(Written e)
        {
        }
    }
}
