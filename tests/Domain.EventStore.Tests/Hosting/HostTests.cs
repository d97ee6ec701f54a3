using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Protean.EventStore.Tests.Stores;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Hosting;

/// <summary>A domain on PostgreSQL in a host, as an application has it.</summary>
public sealed class HostTests : EmptyDatabaseTests
{
    [Fact(Timeout = HangLimit)]
    public async Task UsePostgres_SecondHost_FindsWhatTheFirstHasSaved()
    {
        using (var first = await StartAsync())
        {
            await using (var scope = first.Services.CreateAsyncScope())
            {
                await Repository<Ticket>(scope).SaveAsync(Ticket.Open("1"), Cancellation);
                await Repository<Seat>(scope).SaveAsync(Seat.Make("a", "12A"), Cancellation);
            }

            await first.StopAsync(Cancellation);
        }

        using var second = await StartAsync();
        await using var reading = second.Services.CreateAsyncScope();

        (await Repository<Ticket>(reading).GetAsync("1", Cancellation)).IsOpen.ShouldBeTrue();
        (await Repository<Seat>(reading).GetByAsync(static seat => seat.Label == "12A", Cancellation)).Id.ToString().ShouldBe("a");
        await second.StopAsync(Cancellation);
    }

    [Fact(Timeout = HangLimit)]
    public async Task UsePostgres_TwoHostsAtOnce_ShareOneOrderAndItsRules()
    {
        using var one = await StartAsync();
        using var two = await StartAsync();
        await using var scope = one.Services.CreateAsyncScope();
        await using var other = two.Services.CreateAsyncScope();
        await Repository<Seat>(scope).SaveAsync(Seat.Make("a", "12A"), Cancellation);

        await Should.ThrowAsync<DuplicateValueException>(() => Repository<Seat>(other).SaveAsync(Seat.Make("b", "12A"), Cancellation).AsTask());

        var mine = await Repository<Seat>(scope).GetAsync("a", Cancellation);
        var theirs = await Repository<Seat>(other).GetAsync("a", Cancellation);
        (mine.Label, theirs.Label) = ("1A", "2A");
        await Repository<Seat>(scope).SaveAsync(mine, Cancellation);
        await Should.ThrowAsync<ConcurrencyException>(() => Repository<Seat>(other).SaveAsync(theirs, Cancellation).AsTask());
    }

    [Fact(Timeout = HangLimit)]
    public async Task UsePostgres_DatabaseThatIsNotThere_StopsTheHostWithTheReason()
    {
        var error = await Should.ThrowAsync<StoreUnavailableException>(() => StartAsync(options => options.ConnectionString = With(static c => c.Database = "nobody_has_made_it")));

        error.Message.ShouldContain("the database does not exist");
    }

    [Fact(Timeout = HangLimit)]
    public async Task UsePostgres_LogOfAHost_TellsOfTheSchemaAndNoSecrets()
    {
        var log = new Log();
        const string Application = "name-of-the-application";

        using var host = await StartAsync(options => options.ConnectionString = With(static c => c.ApplicationName = Application), log);

        log.Lines.ShouldContain(static line => line.Contains("'protean'", StringComparison.Ordinal));
        log.Lines.ShouldAllBe(static line => !line.Contains(Application, StringComparison.Ordinal) && !line.Contains("Password", StringComparison.OrdinalIgnoreCase));
        await host.StopAsync(Cancellation);
    }

    private async Task<IHost> StartAsync(Action<PostgresStoreOptions>? configure = null, Log? log = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        if (log is not null)
            builder.Logging.AddProvider(log);
        builder.Services.AddDomain("cinema", domain =>
        {
            domain.Aggregate<Ticket>();
            domain.Aggregate<Seat>().Unique(static seat => seat.Label);
            domain.UsePostgres(options =>
            {
                options.ConnectionString = ConnectionString;
                configure?.Invoke(options);
            });
        });
        var host = builder.Build();
        try
        {
            await host.StartAsync(Cancellation);
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    private static IRepository<TAggregate> Repository<TAggregate>(AsyncServiceScope scope)
        where TAggregate : AggregateRoot => scope.ServiceProvider.GetRequiredService<IRepository<TAggregate>>();

    public sealed record TicketOpened(string TicketId) : IDomainEvent;

    public sealed class Ticket : EventSourcedAggregate
    {
        public bool IsOpen { get; private set; }

        public static Ticket Open(string id)
        {
            var ticket = new Ticket { Id = id };
            ticket.Raise(new TicketOpened(id));
            return ticket;
        }

        private void Apply(TicketOpened e) => IsOpen = true;
    }

    public sealed class Seat : Aggregate
    {
        public string? Label { get; set; }

        public static Seat Make(string id, string label) => new() { Id = id, Label = label };
    }

    private sealed class Log : ILoggerProvider, ILogger
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}
