namespace Protean.Benchmarks.Load.Rows;

/// <summary>A document that a projection keeps of an account.</summary>
internal sealed record AccountBalance(string AccountId)
{
    public decimal Balance { get; init; }

    public int Deposits { get; init; }

    public string LastReference { get; init; } = "";

    public AccountBalance With(MoneyDeposited deposited) =>
        this with { Balance = Balance + deposited.Amount, Deposits = Deposits + 1, LastReference = deposited.Reference };
}
