using System.ComponentModel.DataAnnotations;
using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Protean.Tests.Docs;

public static class InProcessExample
{
    public static void AddTickets(IServiceCollection services) => services.AddDomain("tickets", domain =>
    {
        domain.UseLogging().UseMetrics().UseValidation();          // around every handler; the first is outermost

        domain.Aggregate<Ticket>().Raises<SeatTaken>();

        domain.CommandHandler<Ticket>()
            .On<Reserve>((reserve, context) => context.Repository<Ticket>().Add(Ticket.Reserve(reserve.TicketId, reserve.Seat)));

        domain.EventHandler<Ticket>().Named("notice").InSameCommit()            // its failure rolls the reservation back
            .On<Reserved>((reserved, context) => context.Notify(new SeatTaken(reserved.Seat)));

        domain.EventHandler<Ticket>().Named("confirmation").Inline()            // after the commit, before the caller goes on
            .On<Reserved>(reserved => reserved.TicketId, (ticket, _) => ticket.Confirm())
            .HandleError((error, message, context) => context.Logger.LogError(error, "{Id} was not confirmed", message.Id));

        domain.EventHandler<Ticket>().Named("mailing").Inline().Parallel()      // beside the others
            .On<Confirmed>(async (confirmed, context) => await context.Services.GetRequiredService<IMailer>().SendAsync(confirmed.TicketId));

        domain.QueryHandler().CircuitBreaker(5, breakFor: TimeSpan.FromSeconds(30))
            .On<PriceOf, decimal>((query, context) => context.Services.GetRequiredService<IPrices>().GetAsync(query.Seat))
            .Fallback<PriceOf, decimal>((_, _) => Task.FromResult(50m), typeof(HttpRequestException), typeof(TimeoutException));

        domain.StreamHandler().On<ReserveRow, string>(ReserveRowAsync);
    })
    .UseInMemory()
    .UseInMemoryBroker();

    private static async IAsyncEnumerable<string> ReserveRowAsync(ReserveRow request, HandlerContext context)
    {
        var tickets = context.Repository<Ticket>();
        for (var number = 1; number <= request.Seats; number++)
        {
            var id = $"{request.Row}{number}";
            if (await tickets.ExistsAsync(id, context.CancellationToken))
                continue;
            tickets.Add(Ticket.Reserve(id, id));
            yield return id;                                        // committed, and handled, before the caller gets it
        }
    }

    public static async Task UseAsync(IDomain domain, CancellationToken cancellationToken)
    {
        await domain.ProcessAsync(new Reserve("t-1", "A1"), cancellationToken);

        var price = await domain.QueryAsync(new PriceOf("A1"), cancellationToken);

        await foreach (var seat in domain.StreamAsync(new ReserveRow("B", Seats: 10), cancellationToken))
            Console.WriteLine($"{seat} for {price}");

        await domain.PublishAsync(new Reserved("t-1", "A1"), new() { Id = Guid.NewGuid(), CorrelationId = "partner-7" }, cancellationToken);
    }

    public static void AddPayments(DomainBuilder domain) => domain.CommandHandler<Ticket>().Chain<Pay, string>(chain => chain
        .Use<VoucherPayment>()
        .Then((pay, _, next) => pay.Method == "card" ? Task.FromResult("paid by card") : next())
        .Else((pay, _) => Task.FromResult($"nobody takes {pay.Method}")));
}

public sealed class VoucherPayment(IVouchers vouchers) : IChainLink<Pay, Task<string>>
{
    public async Task<string> HandleAsync(Pay pay, HandlerContext context, Func<Task<string>> next) =>
        pay.Method == "voucher" && await vouchers.RedeemAsync(pay.TicketId) ? "paid by voucher" : await next();
}

public sealed class AuditTrail : IUnitOfWorkParticipant
{
    private List<string> _entries = [];

    public void Add(string entry) => _entries.Add(entry);

    public Func<DbConnection, DbTransaction, CancellationToken, Task>? TakeWrites()
    {
        var entries = Interlocked.Exchange(ref _entries, []);
        return entries.Count == 0 ? null : (connection, transaction, cancellationToken) => WriteAsync(entries, connection, transaction, cancellationToken);
    }

    private static async Task WriteAsync(List<string> entries, DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken)
    {
        foreach (var entry in entries)
        {
            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = "INSERT INTO audit_trail (entry) VALUES (@entry)";
            var parameter = command.CreateParameter();
            parameter.ParameterName = "@entry";
            parameter.Value = entry;
            command.Parameters.Add(parameter);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}

public sealed record Reserve(string TicketId, [RegularExpression("[A-Z][0-9]+")] string Seat) : ICommand;

public sealed record Pay(string TicketId, string Method) : ICommand<string>;

public sealed record PriceOf(string Seat) : IQuery<decimal>;

public sealed record ReserveRow([Required] string Row, [Range(1, 100)] int Seats) : IStreamRequest<string>;

public sealed record Reserved(string TicketId, string Seat) : IDomainEvent;

public sealed record Confirmed(string TicketId) : IDomainEvent;

public sealed record SeatTaken(string Seat) : INotificationEvent;

public sealed class Ticket : EventSourcedAggregate
{
    public string Seat { get; private set; } = "";

    public bool IsConfirmed { get; private set; }

    public static Ticket Reserve(string id, string seat)
    {
        var ticket = new Ticket { Id = id };
        ticket.Raise(new Reserved(id, seat));
        return ticket;
    }

    public void Confirm() => Raise(new Confirmed(Id));

    void Apply(Reserved e) => Seat = e.Seat;

    void Apply(Confirmed e) => IsConfirmed = true;
}

public interface IMailer
{
    Task SendAsync(string ticket);
}

public interface IPrices
{
    Task<decimal> GetAsync(string seat);
}

public interface IVouchers
{
    Task<bool> RedeemAsync(string ticket);
}
