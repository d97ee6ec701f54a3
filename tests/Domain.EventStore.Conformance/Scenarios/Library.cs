using Protean.Storage;

namespace Protean.EventStore.Conformance.Scenarios;

/// <summary>The domain of the scenarios: a loan is the fold of its stream, a shelf is stored with its events beside it.</summary>
internal static class Library
{
    public static Domain Open(IScenarioHarness harness, int snapshotEvery) => Domain.Create("library", domain =>
    {
        domain.Aggregate<Loan>().SnapshotEvery(snapshotEvery);
        domain.Aggregate<Shelf>().Unique(s => s.Label).Raises<ShelfFilled>();
        domain.CommandHandler<Loan>().On<Lend>((command, context) => context.Repository<Loan>().Add(Loan.Begin(command.LoanId)));
        harness.Use(domain);
    });

    public static async Task ExtendAsync(this Domain domain, string id, int times)
    {
        var loans = domain.Repository<Loan>();
        for (var n = 0; n < times; n++)
        {
            var loan = await loans.GetAsync(id);
            loan.Extend(1);
            await loans.SaveAsync(loan);
        }
    }

    public static async Task<IReadOnlyList<StoredMessage>> LogAsync(this Domain domain, string? category = null, MessageKind kinds = MessageKind.Event) =>
        (await domain.Store.ReadLogAsync(new() { After = 0, MaxCount = 1000, Categories = category is null ? null : [category], Kinds = kinds })).Messages;
}

public sealed record Lend(string LoanId) : ICommand;

public sealed record LoanBegun(string LoanId) : IDomainEvent;

public sealed record LoanExtended(string LoanId, int Days) : IDomainEvent;

public sealed record ShelfFilled(string ShelfId, int Count) : IDomainEvent;

public sealed class Loan : EventSourcedAggregate
{
    public int Days { get; private set; }

    public static Loan Begin(string id)
    {
        var loan = new Loan { Id = id };
        loan.Raise(new LoanBegun(id));
        return loan;
    }

    public void Extend(int days) => Raise(new LoanExtended(Id, days));

    void Apply(LoanBegun e) => Days = 0;

    void Apply(LoanExtended e) => Days += e.Days;
}

public sealed class Shelf : Aggregate
{
    public string? Label { get; set; }

    public int Count { get; private set; }

    public static Shelf Make(string id, string label) => new() { Id = id, Label = label };

    public void Fill(int count)
    {
        Count += count;
        Raise(new ShelfFilled(Id, count));
    }
}
