using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>The middleware that comes with the framework.</summary>
public sealed class ReadyMiddlewareTests
{
    public sealed record Address([Required, StringLength(20)] string? Street, [property: Range(1, 99)] int Number);

    public sealed record Sign(
        [Required] string? Name,
        [Range(1, 10)] int Count,
        Address? Address = null,
        IReadOnlyList<Address>? Others = null) : ICommand;

    public sealed record Between(int From, int To) : IQuery<int>, IValidatableObject
    {
        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (From > To)
                yield return new("From is after To", [nameof(From)]);
        }
    }

    public sealed record Items([Range(1, 3)] int Count) : IStreamRequest<int>;

    public sealed record Odd([Range(1, 3)] int Number) : IDomainEvent;

    [Fact]
    public async Task Validation_ACommandThatBreaksRules_IsRefusedWithAllOfThemAndNothingIsDone()
    {
        await using var bank = Validating();
        var command = new Sign(null, 11, new("", 0), [new("Long Street", 5), new(new('x', 30), 5)]);

        var error = await Should.ThrowAsync<ValidationException>(() => bank.Domain.ProcessAsync(command, TestContext.Current.CancellationToken));

        error.Violations.Select(v => v.Rule).ShouldBe(["Name", "Count", "Address.Street", "Address.Number", "Others[1].Street"]);
        error.Violations.ShouldAllBe(v => v.Owner == "Sign");
        error.Message.ShouldContain("Sign: The field Count must be between 1 and 10.");
        (await bank.Store.GetHeadAsync(TestContext.Current.CancellationToken)).ShouldBe(0);
    }

    [Fact]
    public async Task Validation_ASoundCommand_IsHandled()
    {
        await using var bank = Validating();

        await bank.Domain.ProcessAsync(new Sign("somebody", 1, new("Street", 1), []), TestContext.Current.CancellationToken);

        (await bank.Store.TypesAsync()).ShouldBe(["Sign"]);
    }

    [Fact]
    public async Task Validation_QueriesAndStreams_AreCheckedToo()
    {
        await using var bank = Validating();

        (await Should.ThrowAsync<ValidationException>(() => bank.Domain.QueryAsync(new Between(2, 1), TestContext.Current.CancellationToken))).Message.ShouldBe("Between: From is after To");
        (await bank.Domain.QueryAsync(new Between(1, 2), TestContext.Current.CancellationToken)).ShouldBe(1);
        await Should.ThrowAsync<ValidationException>(async () =>
        {
            await foreach (var _ in bank.Domain.StreamAsync(new Items(4), TestContext.Current.CancellationToken))
            {
            }
        });
    }

    [Fact]
    public async Task Validation_Events_HaveHappenedAndAreNotChecked()
    {
        var heard = false;
        await using var bank = Bank.Create(domain =>
        {
            domain.UseValidation();
            domain.EventHandler<Account>().Inline().On<Odd>((_, _) => heard = true);
        });

        await bank.Domain.PublishAsync(new Odd(4), cancellationToken: TestContext.Current.CancellationToken);

        heard.ShouldBeTrue();
    }

    [Fact]
    public async Task Validation_OfACommandThatIsEnqueued_TellsItsSenderAndStoresNothing()
    {
        await using var bank = Validating();

        var error = await Should.ThrowAsync<ValidationException>(() => bank.Domain.EnqueueAsync(new Sign("", 200), cancellationToken: TestContext.Current.CancellationToken));

        error.Violations.Count.ShouldBeGreaterThan(1);
        (await bank.Store.LogAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Logging_SaysHowEachCallEndedAndNothingOfItsPayload()
    {
        using var log = new CapturedLog();
        var clock = new FakeClock();
        await using var bank = Bank.Create(
            domain =>
            {
                log.AddTo(domain);
                domain.UseLogging();
                domain.CommandHandler<Account>().On<Act>((act, context) =>
                {
                    clock.Advance(TimeSpan.FromMilliseconds(20));
                    if (act.Note == "secret 2")
                        throw new TimeoutException("secret 3");
                    context.Repository<Account>().Add(Account.Open("a"));
                });
                domain.EventHandler<Account>().Named("listening").Inline().On<Opened>((_, _) => { });
            },
            clock);

        await bank.Domain.ProcessAsync(new Act("secret 1"), TestContext.Current.CancellationToken);
        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act("secret 2"), TestContext.Current.CancellationToken));

        log.Of(1021).Select(l => (l.Category, l.Text)).ShouldBe([("Protean.Handlers.account:command", "Act was handled in 20 ms"), ("Protean.Handlers.listening", "Opened was handled in 0 ms")]);
        log.Of(1023).ShouldHaveSingleItem().Text.ShouldBe("TimeoutException: Act failed after 20 ms");
        log.Lines.Where(l => l.Level >= LogLevel.Information).ShouldAllBe(l => !l.Text.Contains("secret"));
    }

    [Fact]
    public async Task Metrics_MeasureEachCallByMessageHandlerAndOutcome()
    {
        List<(string Message, string Handler, string Outcome, double Seconds)> measured = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "protean.message.duration")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) =>
        {
            var values = tags.ToArray().ToDictionary(t => t.Key, t => (string)t.Value!);
            lock (measured)
                measured.Add((values["protean.message"], values["protean.handler"], values["protean.outcome"], seconds));
        });
        listener.Start();
        var clock = new FakeClock();
        await using var bank = Bank.Create(
            domain =>
            {
                domain.UseMetrics();
                domain.QueryHandler().Named("measured").On<Look, int>((look, _) =>
                {
                    clock.Advance(TimeSpan.FromSeconds(2));
                    return look.Note == "fail" ? throw new TimeoutException() : 1;
                });
            },
            clock);

        await bank.Domain.QueryAsync(new Look(), TestContext.Current.CancellationToken);
        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.QueryAsync(new Look("fail"), TestContext.Current.CancellationToken));

        lock (measured)
            measured.Where(m => m.Handler == "measured").ShouldBe([("Look", "measured", "handled", 2), ("Look", "measured", "failed", 2)]);
    }

    private static TestDomain Validating() => Bank.Create(domain =>
    {
        domain.UseValidation();
        domain.CommandHandler<Account>().On<Sign>((_, _) => { });
        domain.QueryHandler().On<Between, int>((between, _) => between.From);
        domain.StreamHandler().On<Items, int>((items, _) => Enumerable.Range(0, items.Count).ToAsyncEnumerable());
    });
}
