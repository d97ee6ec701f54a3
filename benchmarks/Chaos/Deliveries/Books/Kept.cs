namespace Protean.Benchmarks.Chaos.Deliveries.Books;

internal sealed record LedgerEntered(string Entry) : IDomainEvent;

internal sealed record JournalNoted(string Entry) : IDomainEvent;

internal sealed record AccountCredited(string Entry) : IDomainEvent;

/// <summary>Its state is stored; what is entered is raised besides.</summary>
internal sealed class Ledger : Aggregate
{
    public List<string> Entries { get; private set; } = [];

    public static Ledger Of(string id) => new() { Id = id };

    public void Enter(string entry)
    {
        Entries.Add(entry);
        Raise(new LedgerEntered(entry));
    }
}

/// <summary>Event-sourced, with snapshots.</summary>
internal sealed class Journal : EventSourcedAggregate
{
    public List<string> Entries { get; private set; } = [];

    public static Journal Of(string id) => new() { Id = id };

    public void Note(string entry) => Raise(new JournalNoted(entry));

    void Apply(JournalNoted e) => Entries.Add(e.Entry);
}

/// <summary>Its state is stored, and changed by a handler in several partitions.</summary>
internal sealed class Shelf : Aggregate
{
    public List<string> Entries { get; private set; } = [];

    public static Shelf Of(string id) => new() { Id = id };

    public void Put(string entry) => Entries.Add(entry);
}

/// <summary>Event-sourced, and changed by commands.</summary>
internal sealed class Account : EventSourcedAggregate
{
    public List<string> Entries { get; private set; } = [];

    /// <summary>It is there before the first command is.</summary>
    public static Account Open(string id)
    {
        var account = new Account { Id = id };
        account.Raise(new AccountCredited(""));
        return account;
    }

    public void Credit(Credit credit)
    {
        Raise(new AccountCredited(credit.Entry));
        if (credit.IsPoison)
            throw new TroubleException($"nobody can credit {credit.Entry}");
    }

    void Apply(AccountCredited e)
    {
        if (e.Entry.Length > 0)
            Entries.Add(e.Entry);
    }
}

/// <summary>A command.</summary>
/// <param name="Account">The account.</param>
/// <param name="Entry">What is written down of it: what no other has.</param>
/// <param name="IsPoison">Whether its handler fails on it.</param>
internal sealed record Credit(string Account, string Entry, bool IsPoison = false) : ICommand
{
    /// <summary>Whether a handler has enqueued it, for the event of which it has the entry.</summary>
    public bool IsOfHandler => Entry.Contains('/', StringComparison.Ordinal);
}

/// <summary>A read model.</summary>
internal sealed record Tally(string Key)
{
    public IReadOnlyList<string> Entries { get; init; } = [];
}
