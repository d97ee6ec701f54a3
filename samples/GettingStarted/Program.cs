using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Protean;
using Protean.Engine;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddDomain("lending", domain =>
{
    domain.Aggregate<Loan>();
    domain.Aggregate<Reader>();

    domain.CommandHandler<Loan>()
        .On<LendBook>((command, context) => context.Repository<Loan>().Add(Loan.Of(command)))
        .On<ReturnBook>(c => c.LoanId, (loan, _) => loan.Return());            // load, act, save

    domain.EventHandler<Reader>()                                              // part of Reader ...
        .Named("thank-readers")                                                // ... the name its progress is kept under
        .StreamCategory<Loan>()                                                // ... listening to Loan's events
        .On<BookReturned>(async (returned, context) =>
        {
            var readers = context.Repository<Reader>();
            var reader = await readers.FindAsync(returned.Reader) ?? Reader.Called(returned.Reader);
            reader.HasReturned();
            await readers.SaveAsync(reader);
        });

    domain.Projection<Shelf>().From<Loan>()
        .On<BookLent>(e => e.Book, (shelf, e) => shelf with { LentTo = e.Reader, Lendings = shelf.Lendings + 1 })
        .On<BookReturned>(e => e.Book, (shelf, _) => shelf with { LentTo = null });
})
.UseSqlite("lending.db")
.AddEngine();

using var host = builder.Build();
await host.StartAsync();
var domain = host.Services.GetRequiredService<IDomain>();
var engine = host.Services.GetRequiredService<DomainEngine>();

var loan = $"{AggregateId.New()}";
await domain.ProcessAsync(new LendBook(loan, "dune", "ada"));
await engine.WaitUntilCaughtUpAsync();
Console.WriteLine(await domain.View<Shelf>().GetAsync("dune"));

await domain.ProcessAsync(new ReturnBook(loan));
await engine.WaitUntilCaughtUpAsync();
Console.WriteLine(await domain.View<Shelf>().GetAsync("dune"));
Console.WriteLine($"ada has returned {(await domain.Repository<Reader>().GetAsync("ada")).Returned}");

try
{
    await domain.ProcessAsync(new ReturnBook(loan));
}
catch (ValidationException e)
{
    Console.WriteLine(e.Message);
}

await host.StopAsync();

public sealed record LendBook(string LoanId, string Book, string Reader) : ICommand;
public sealed record ReturnBook(string LoanId) : ICommand;

public sealed record BookLent(string LoanId, string Book, string Reader) : IDomainEvent;
public sealed record BookReturned(string LoanId, string Book, string Reader) : IDomainEvent;

public sealed record Shelf(string Book, string? LentTo = null, int Lendings = 0);

public sealed class Loan : EventSourcedAggregate                               // its state is the fold of its events
{
    private BookLent? _lent;
    private bool _returned;

    public static Loan Of(LendBook command)
    {
        var loan = new Loan { Id = command.LoanId };
        loan.Raise(new BookLent(command.LoanId, command.Book, command.Reader));
        return loan;
    }

    public void Return()
    {
        Ensure(!_returned, "a book is returned once");
        Raise(new BookReturned(Id, _lent!.Book, _lent.Reader));
    }

    void Apply(BookLent e) => _lent = e;
    void Apply(BookReturned e) => _returned = true;
}

public sealed class Reader : Aggregate                                         // its state is stored
{
    public int Returned { get; private set; }

    public static Reader Called(string name) => new() { Id = name };

    public void HasReturned() => Returned++;
}
