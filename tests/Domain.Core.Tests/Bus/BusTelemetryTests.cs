using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Protean.Tests.Processing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Bus;

/// <summary>What is seen of the bus, and of event categories, from outside.</summary>
public sealed class BusTelemetryTests
{
    [Fact]
    public async Task Metrics_OfTheBus_CountWhatIsPublishedHandledAndFailed()
    {
        using var metrics = new Metrics();
        await using var test = new TestBus();
        test.Bus.Subscribe<Measured>(_ => { }, new() { Name = "bus-good" });
        test.Bus.Subscribe<Measured>(_ => throw new TimeoutException(), new() { Name = "bus-bad" });

        await test.Bus.PublishAsync(new Measured());

        metrics.Of("protean.bus.published", "Measured").ShouldBe(["1 protean.event=Measured protean.event.category=system"]);
        metrics.Of("protean.bus.handled", "bus-good").ShouldBe(["1 protean.handler=bus-good protean.event=Measured protean.event.category=system"]);
        metrics.Of("protean.bus.failed", "bus-bad").ShouldBe(["1 protean.handler=bus-bad protean.event=Measured protean.event.category=system"]);
        metrics.Of("protean.bus.handled", "bus-bad").ShouldBeEmpty();
    }

    [Fact]
    public async Task Metrics_OfEventHandlers_SayTheCategory()
    {
        using var metrics = new Metrics();
        await using var bank = Bank.Create(domain =>
        {
            domain.InlineErrors = InlineErrorPolicy.Isolate;
            domain.Event<Opened>().Category(EventCategory.CrossDomain);
            domain.EventHandler<Account>().Named("categorised-good").Inline().On<Opened>((_, _) => { });
            domain.EventHandler<Account>().Named("categorised-bad").Inline().On<Opened>((_, _) => throw new TimeoutException());
        });

        await bank.Domain.OpenAsync("a");

        metrics.Of("protean.handled", "categorised-good").ShouldBe(["1 protean.handler=categorised-good protean.event.category=cross-domain"]);
        metrics.Of("protean.failed", "categorised-bad").ShouldBe(["1 protean.handler=categorised-bad protean.event.category=cross-domain"]);
        metrics.Of("protean.handler.duration", "categorised-good").ShouldHaveSingleItem().ShouldEndWith("protean.event.category=cross-domain");
    }

    [Fact]
    public async Task Log_OfAFailedEventHandler_HasTheCategoryToFilterBy()
    {
        using var log = new PropertyLog();
        await using var bank = Bank.Create(domain =>
        {
            domain.Services.AddLogging(logging => logging.AddProvider(log));
            domain.InlineErrors = InlineErrorPolicy.Isolate;
            domain.Event<Opened>().Category(EventCategory.System);
            domain.EventHandler<Account>().Inline().On<Opened>((_, _) => throw new TimeoutException());
        });

        await bank.Domain.OpenAsync("a");

        log.Values(1002, "eventCategory").ShouldBe([EventCategory.System]);
    }

    [Fact]
    public async Task Spans_OfAPublication_AreOneTraceWithItsPublisherInTheBackgroundToo()
    {
        using var spans = new Spans();
        await using var test = new TestBus();
        test.Bus.Subscribe<Measured>(_ => { Activity.Current!.DisplayName.ShouldBe("publish Measured"); });
        test.Bus.Subscribe<Measured>(_ => { }, new() { Name = "later", Background = true });

        await test.Bus.PublishAsync(new Measured());
        await test.StopAsync();

        test.Log.Lines.ShouldBeEmpty();
        spans.Ended.Select(a => a.DisplayName).ShouldBe(["publish Measured", "handler later"], ignoreOrder: true);
    }

    [Fact]
    public async Task Spans_OfAUnitThatPublishes_TheCommitEndsBeforeThePublication()
    {
        using var spans = new Spans();
        await using var bank = Bank.Acting((_, context) =>
        {
            context.Publish(new Measured());
            return Task.CompletedTask;
        });

        await bank.Domain.ProcessAsync(new Act());

        spans.Ended.Select(a => a.DisplayName).ShouldBe(["commit bank", "publish Measured", "command Act"]);
    }

    [EventCategory(EventCategory.System)]
    private sealed record Measured : IDomainEvent;

    /// <summary>Keeps every measurement; tests look for the names that are theirs.</summary>
    private sealed class Metrics : IDisposable
    {
        private readonly ConcurrentQueue<(string Name, string Text)> _measured = new();
        private readonly MeterListener _listener = new();

        public Metrics()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Protean")
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument.Name, $"{value}", tags));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument.Name, $"{value}", tags));
            _listener.Start();
        }

        public IReadOnlyList<string> Of(string name, string tag) => [.. _measured.Where(m => m.Name == name && m.Text.Contains($"={tag}", StringComparison.Ordinal)).Select(m => m.Text)];

        public void Dispose() => _listener.Dispose();

        private void Keep(string name, string value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
                value += $" {tag.Key}={tag.Value}";
            _measured.Enqueue((name, value));
        }
    }

    private sealed class PropertyLog : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<(int Id, IReadOnlyList<KeyValuePair<string, object?>> Properties)> _lines = new();

        public IEnumerable<object?> Values(int id, string property) =>
            _lines.Where(l => l.Id == id).SelectMany(l => l.Properties).Where(p => p.Key.Equals(property, StringComparison.OrdinalIgnoreCase)).Select(p => p.Value);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue((eventId.Id, [.. (state as IReadOnlyList<KeyValuePair<string, object?>>) ?? []]));

        public void Dispose()
        {
        }
    }
}
