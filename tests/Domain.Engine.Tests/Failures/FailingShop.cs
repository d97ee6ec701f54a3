using Protean.Storage;
using Protean.Testing;
using Protean.Tests.Shop;

namespace Protean.Tests.Failures;

/// <summary>A shop whose time stands still until a test lets it pass, and whose handlers leave notes.</summary>
public abstract class FailingShop : EngineTests
{
    protected static readonly TimeSpan RecoveryInterval = TimeSpan.FromSeconds(30);

    protected FailingShop(IShopStore? stores = null) : base(stores) => Clock = new();

    protected FakeClock Time => Clock!;

    /// <summary>The shop, with notes of which no two have the same text.</summary>
    protected Domain Desk(Action<DomainBuilder> declare) => Shop(domain =>
    {
        domain.Aggregate<Note>().Unique(n => n.Text);
        declare(domain);
    });

    protected static async Task<bool> HasNoteAsync(Domain shop, string id) => await shop.Repository<Note>().ExistsAsync(id, Cancellation);

    protected async Task<IReadOnlyList<FailureRecord>> RecordsAsync() => await Store.QueryFailuresAsync(new() { Take = 1000 }, Cancellation);

    protected Task PassUntil(Func<bool> condition) => PassUntil(() => Task.FromResult(condition()));

    /// <summary>Lets time pass, from one look of the recovery to the next, until something has come about.</summary>
    protected Task PassUntil(Func<Task<bool>> condition) => Until(async () =>
    {
        if (await condition())
            return true;
        Time.Advance(RecoveryInterval);
        return false;
    });
}

/// <summary>What a handler has left.</summary>
public sealed class Note : Aggregate
{
    public string Text { get; set; } = "";

    public int Times { get; set; }

    public static Note Of(string id, string? text = null) => new() { Id = id, Text = text ?? id, Times = 1 };
}
