using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class TelemetryTests
{
    [Fact]
    public async Task Spans_OfACommandWithAnInlineHandler_AreOneTraceWithItsParts()
    {
        using var spans = new Spans();
        await using var bank = Opening(domain => domain.EventHandler<Account>().Named("greeter").Inline().On<Opened>((_, _) => { }));

        await bank.Domain.ProcessAsync(new Act());

        // An activity is kept when it ends, so the inner ones come first.
        spans.Ended.Select(a => a.DisplayName).ShouldBe(["commit bank", "commit bank", "handler greeter", "command Act"]);
        spans.Ended.Select(a => a.TraceId).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Spans_OfAFailure_SayWhatKindOfErrorItWas()
    {
        using var spans = new Spans();
        await using var bank = Bank.Acting((_, _) => throw new TimeoutException("secret"));

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act()));

        var command = spans.Ended.ShouldHaveSingleItem();
        (command.Status, command.StatusDescription).ShouldBe((ActivityStatusCode.Error, nameof(TimeoutException)));
    }

    [Fact]
    public async Task TraceParent_OfStoredEvents_LeadsBackToTheTrace()
    {
        using var spans = new Spans();
        await using var bank = Opening();

        await bank.Domain.ProcessAsync(new Act());

        var trace = spans.Ended[^1].TraceId.ToHexString();
        (await bank.Store.LogAsync()).ShouldAllBe(m => m.Metadata.TraceParent!.Contains(trace));
    }

    [Fact]
    public async Task Metrics_OfHandledFailedAndAppendedMessages_AreCounted()
    {
        using var metrics = new Metrics("metrics-good", "metrics-bad");
        await using var bank = Opening(domain =>
        {
            domain.InlineErrors = InlineErrorPolicy.Isolate;
            domain.EventHandler<Account>().Named("metrics-good").Inline().On<Opened>((_, _) => { });
            domain.EventHandler<Account>().Named("metrics-bad").Inline().On<Opened>((_, _) => throw new TimeoutException());
        });

        await bank.Domain.ProcessAsync(new Act());

        metrics.Of("protean.handled").ShouldBe(["metrics-good 1"]);
        metrics.Of("protean.failed").ShouldBe(["metrics-bad 1"]);
        metrics.Names.ShouldContain("protean.appended");
        metrics.Names.ShouldContain("protean.handler.duration");
    }

    [Fact]
    public async Task Metrics_OfRetries_AreCountedByHandler()
    {
        using var metrics = new Metrics("metrics-retried");
        var runs = 0;
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>().Named("metrics-retried").On<Act>(async (_, context) =>
        {
            (await context.Repository<Account>().GetAsync("a")).Deposit(1);
            if (runs++ < 2)
                await context.Domain.DepositElsewhereAsync("a");
        }));
        await bank.Domain.OpenAsync("a");
        bank.Clock.SkipDelays = true;

        await bank.Domain.ProcessAsync(new Act());

        metrics.Of("protean.retried").ShouldBe(["metrics-retried 1", "metrics-retried 1"]);
    }

    [Fact]
    public async Task Metrics_OfExpiredCommands_AreCounted()
    {
        using var metrics = new Metrics(nameof(Expiring));
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>().On<Expiring>((_, _) => { }));

        await Should.ThrowAsync<DeadlineExceededException>(() => bank.Domain.ProcessAsync(new Expiring(), new CommandOptions { Deadline = DateTimeOffset.UnixEpoch }));

        metrics.Of("protean.expired").ShouldBe([$"{nameof(Expiring)} 1"]);
    }

    private static TestDomain Opening(Action<DomainBuilder>? declare = null) => Bank.Acting(
        (_, context) =>
        {
            context.Repository<Account>().Add(Account.Open("a"));
            return Task.CompletedTask;
        },
        declare);

    public sealed record Expiring : ICommand;

    /// <summary>Keeps the measurements whose handler or command has one of some names.</summary>
    private sealed class Metrics : IDisposable
    {
        private readonly ConcurrentQueue<(string Name, string Text)> _measured = new();
        private readonly MeterListener _listener = new();

        public Metrics(params string[] names)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Protean")
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument.Name, $"{value}", tags, names));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument.Name, $"{value}", tags, names));
            _listener.Start();
        }

        public IEnumerable<string> Names => _measured.Select(m => m.Name);

        public IReadOnlyList<string> Of(string name) => [.. _measured.Where(m => m.Name == name).Select(m => m.Text)];

        public void Dispose() => _listener.Dispose();

        private void Keep(string name, string value, ReadOnlySpan<KeyValuePair<string, object?>> tags, string[] names)
        {
            if (tags.Length == 0 || names.Contains(tags[0].Value))
                _measured.Enqueue((name, tags.Length == 0 ? value : $"{tags[0].Value} {value}"));
        }
    }
}
