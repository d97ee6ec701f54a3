using System.Text.Json;
using Protean.Benchmarks.Chaos.Notifications.Domains;
using Protean.Benchmarks.Chaos.Notifications.Judging;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Notifications.Running;

/// <summary>Reads from both stores what was recorded and what it has led to, through domains that have seen nothing of the run.</summary>
internal static class PassageReader
{
    private const int Page = 1_000;
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web);

    public static async Task<(Passage Passage, IReadOnlyList<StoreFinding> Findings)> ReadAsync(
        StoreAddress shop, StoreAddress accounts, BrokerAddress broker, IReadOnlyList<Notice> arrived, long brought, CancellationToken cancellationToken)
    {
        await using var sending = ShopDomain.Create(shop, broker);
        await using var receiving = AccountsDomain.Create(accounts, broker);
        var entered = await receiving.Repository<Account>().QueryAsync(cancellationToken: cancellationToken);
        var listed = await receiving.Repository<Statement>().QueryAsync(cancellationToken: cancellationToken);
        var passage = new Passage
        {
            Recorded = await RecordedAsync(sending.Store, cancellationToken),
            Arrived = arrived,
            Effects = entered.ToDictionary(static account => account.Id, static account => (IReadOnlyList<string>)account.Entries),
            Streamed = listed.ToDictionary(static statement => statement.Id, static statement => (IReadOnlyList<string>)statement.Entries),
            Brought = brought,
        };
        return (passage, [.. await sending.Store.VerifyAsync([], cancellationToken).ToListAsync(cancellationToken), .. await receiving.Store.VerifyAsync([], cancellationToken).ToListAsync(cancellationToken)]);
    }

    private static async Task<IReadOnlyList<Notice>> RecordedAsync(IEventStore store, CancellationToken cancellationToken)
    {
        List<Notice> recorded = [];
        for (LogPage page = default; ;)
        {
            page = await store.ReadLogAsync(new() { After = page.ScannedTo, MaxCount = Page, IncludeArchived = true }, cancellationToken);
            foreach (var message in page.Messages.Where(static message => message.Type.Split('.')[^2] == nameof(ParcelSent)))
            {
                var parcel = JsonSerializer.Deserialize<ParcelSent>(message.Body.Span, _json)!;
                recorded.Add(new(message.Id, parcel.Desk, parcel.Number));
            }

            if (page.ScannedTo >= page.Head)
                return recorded;
        }
    }
}
