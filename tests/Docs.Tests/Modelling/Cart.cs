namespace Protean.Docs.Modelling;

public readonly record struct CartId(Guid Value) : ITypedId
{
    public static CartId New() => new(Guid.CreateVersion7());

    public static implicit operator AggregateId(CartId id) => AggregateId.From(id);
}

public sealed record Money(decimal Amount, string Currency)
{
    public static Money operator +(Money a, Money b) =>
        a.Currency == b.Currency ? a with { Amount = a.Amount + b.Amount } : throw new ArgumentException("two currencies have no sum");
}

public sealed record CopiesPut(string BookId, int Copies) : IDomainEvent;

public sealed record CartCheckedOut(CartId CartId, Money Total) : IDomainEvent;

public sealed class Cart : Aggregate<CartId>
{
    private readonly List<CartLine> _lines = [];

    public string Reader { get; private set; } = "";

    public bool IsCheckedOut { get; private set; }

    public IReadOnlyList<CartLine> Lines => _lines;

    public static Cart For(string reader) => new() { Id = CartId.New(), Reader = reader };

    public void Put(string bookId, int copies, Money price)
    {
        var line = _lines.Find(l => l.Id == bookId);
        if (line is null)
            _lines.Add(line = Own(new CartLine(bookId, price)));               // it may raise events from here on
        line.Put(copies);
    }

    public void CheckOut(Money postage) => Change(() =>                        // several steps, judged at the end
    {
        Put("postage", 1, postage);
        IsCheckedOut = true;
        Raise(new CartCheckedOut(Id, _lines.Select(l => l.Total).Aggregate((a, b) => a + b)));
    });

    [Invariant]
    void Small() => Ensure(_lines.Sum(l => l.Copies) <= 10, "a cart holds ten copies at most");

    [Invariant(Before = true)]
    void Open() => Ensure(!IsCheckedOut, "what is checked out does not change");
}

public sealed class CartLine : Entity<string>
{
    public CartLine(string id, Money price)
    {
        Id = id;
        Price = price;
    }

    public Money Price { get; private set; }

    public int Copies { get; private set; }

    public Money Total => Price with { Amount = Price.Amount * Copies };

    public void Put(int copies)
    {
        Ensure(copies > 0, "one copy at least");
        Copies += copies;
        Raise(new CopiesPut(Id, copies));                                      // through the root, into its stream
    }
}
