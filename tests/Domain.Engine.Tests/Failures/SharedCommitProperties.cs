using FsCheck.Fluent;
using Protean.Storage;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>Whatever fails, and however many messages share a commit: each message has its effects or its record, once, and in order.</summary>
public sealed class SharedCommitProperties : FailingShop
{
    /// <summary>How a message is handled.</summary>
    private enum Fate
    {
        Succeeds,
        Throws,
        IsRefused,
    }

    [Theory(Timeout = 4 * HangLimit)]
    [InlineData(FailurePolicy.Skip)]
    [InlineData(FailurePolicy.ParkStream)]
    public async Task Messages_OfAnyFate_HaveTheirEffectsOrTheirRecord(FailurePolicy policy)
    {
        var given =
            from shared in Gen.Choose(1, 40)
            from fates in Gen.Frequency((6, Gen.Constant(Fate.Succeeds)), (1, Gen.Constant(Fate.Throws)), (1, Gen.Constant(Fate.IsRefused))).ListOf(40)
            select (shared, fates.ToArray());

        var runs = 0;
        foreach (var (shared, fates) in given.Sample(15, 15))
            await CheckAsync($"run{runs++}", policy, shared, fates);
    }

    [Fact(Timeout = HangLimit)]
    public async Task EveryTenth_ThatFails_LeavesTheOthersAsTheyAre() =>
        await CheckAsync("tenth", FailurePolicy.Skip, 100, [.. Enumerable.Range(1, 100).Select(n => n % 10 == 0 ? Fate.Throws : Fate.Succeeds)]);

    private async Task CheckAsync(string run, FailurePolicy policy, int shared, Fate[] fates)
    {
        var store = new InMemoryEventStore();
        await using var shop = Domain.Create("shop", domain =>
        {
            domain.UseStore(_ => new SharedStore(store));
            domain.Aggregate<Order>();
            domain.Aggregate<Note>().Unique(n => n.Text);
            domain.EventHandler<Order>().Named(run).OnFailure(policy).Delivery(o =>
            {
                o.MessagesPerCommit = shared;
                o.CircuitBreakerThreshold = 0;
            }).On<OrderPlaced>(async (e, context) =>
            {
                var fate = fates[e.Quantity - 1];
                var notes = context.Repository<Note>();
                // One that all messages share, so that what was thrown away would be missed, and what is done twice would show.
                var tally = await notes.FindAsync("tally", context.CancellationToken);
                if (tally is null)
                    notes.Add(tally = Note.Of("tally", ""));
                tally.Text += $"{e.OrderId} ";
                notes.Add(Note.Of(e.OrderId, fate == Fate.IsRefused ? "taken" : null));
                if (fate == Fate.Throws)
                    throw new InvalidOperationException("no");
            });
        });
        await shop.Repository<Note>().SaveAsync(Note.Of("taker", "taken"), Cancellation);
        for (var n = 1; n <= fates.Length; n++)
            await shop.Repository<Order>().SaveAsync(Order.Place($"o{n}", quantity: n), Cancellation);

        await using var engine = new Engine.DomainEngine(shop);
        await engine.StartAsync(Cancellation);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        string[] Of(bool succeeds) => [.. Enumerable.Range(1, fates.Length).Where(n => fates[n - 1] == Fate.Succeeds == succeeds).Select(n => $"o{n}")];
        var sound = Of(succeeds: true);
        var tally = await shop.Repository<Note>().FindAsync("tally", Cancellation);
        (tally?.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? []).ShouldBe(sound);
        var records = await store.QueryFailuresAsync(new() { Take = 1000 }, Cancellation);
        records.Select(r => r.Stream["shop::order-".Length..]).ShouldBe(Of(succeeds: false));
        records.ShouldAllBe(r => r.Status == FailureStatus.Retrying && r.Attempts.Count == 1);
        foreach (var order in sound)
            (await shop.Repository<Note>().ExistsAsync(order, Cancellation)).ShouldBeTrue();
    }
}
