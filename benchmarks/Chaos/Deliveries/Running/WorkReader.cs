using System.Text.Json;
using System.Text.Json.Serialization;
using Protean.Benchmarks.Chaos.Deliveries.Books;
using Protean.Benchmarks.Chaos.Deliveries.Judging;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Deliveries.Running;

/// <summary>Reads from a store what was to be done, and what handlers have left behind.</summary>
internal sealed class WorkReader
{
    private const int Page = 1_000;
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private readonly Domain _domain;
    private readonly List<(long Position, Emitted Event)> _emitted = [];
    private readonly List<(long Position, Credit Command)> _credits = [];
    private readonly Dictionary<string, Dictionary<string, List<string>>> _written = [];

    private WorkReader(Domain domain) => _domain = domain;

    /// <summary>Reads it through a domain that has seen nothing of the run.</summary>
    public static async Task<WorkDone> ReadAsync(StoreAddress address, CancellationToken cancellationToken)
    {
        await using var domain = BooksDomain.Create(address);
        var reader = new WorkReader(domain);
        await reader.ReadLogAsync(cancellationToken);
        return new(await reader.CompareAsync(cancellationToken), reader._emitted.Count + reader._credits.Count, await domain.Store.VerifyAsync([], cancellationToken).ToListAsync(cancellationToken));
    }

    private async Task ReadLogAsync(CancellationToken cancellationToken)
    {
        for (LogPage page = default; ;)
        {
            page = await _domain.Store.ReadLogAsync(new() { After = page.ScannedTo, MaxCount = Page, IncludeArchived = true }, cancellationToken);
            foreach (var message in page.Messages)
                Sort(message);
            if (page.ScannedTo >= page.Head)
                return;
        }
    }

    private void Sort(StoredMessage message)
    {
        switch (TypeOf(message))
        {
            case nameof(Emitted):
                _emitted.Add((message.GlobalPosition, Read<Emitted>(message)));
                break;
            case nameof(Credit):
                var credit = Read<Credit>(message);
                _credits.Add((message.GlobalPosition, credit));
                if (credit.IsOfHandler)
                    Write(message, credit.Entry);
                break;
            case nameof(LedgerEntered):
                Write(message, Read<LedgerEntered>(message).Entry);
                break;
            case nameof(JournalNoted):
                Write(message, Read<JournalNoted>(message).Entry);
                break;
        }
    }

    private async Task<IReadOnlyList<Work>> CompareAsync(CancellationToken cancellationToken)
    {
        var ledgers = Of(Handlers.Ledgers);
        var journals = Of(Handlers.Journals);
        var tallies = (await _domain.View<Tally>().QueryAsync(cancellationToken: cancellationToken)).ToLookup(static tally => tally.Key.StartsWith('t'));
        return
        [
            new() { Name = "ledgers", Method = ledgers, Due = Due(ledgers, parks: false, static e => e.Target), Effects = Kept((await _domain.Repository<Ledger>().QueryAsync(cancellationToken: cancellationToken)).Select(static l => (l.Id, l.Entries))) },
            new() { Name = "events of ledgers", Method = ledgers, Due = Due(ledgers, parks: false, static e => StreamName.Create("books::ledger", e.Target).Value), Effects = Written(nameof(LedgerEntered)) },
            new() { Name = "journals", Method = journals, Due = Due(journals, parks: false, static e => e.Target), Effects = Kept(await LoadAsync<Journal>(_emitted.Select(static m => m.Event.Target), static j => j.Entries, cancellationToken)) },
            new() { Name = "events of journals", Method = journals, Due = Due(journals, parks: false, static e => StreamName.Create("books::journal", e.Target).Value), Effects = Written(nameof(JournalNoted)) },
            new() { Name = "commands of the keeper of journals", Method = journals, Due = Due(journals, parks: false, static e => StreamName.Create("books::account:command", BooksDomain.AccountOf(e)).Value, static e => e.HasCredit), Effects = Written(nameof(Credit)) },
            // What waits behind a failure waits by the key that partitions are cut by; that is all of a shelf.
            new() { Name = "shelves", Method = Of(Handlers.Shelves), Due = Due(Of(Handlers.Shelves), parks: true, static e => e.Target), Effects = Kept((await _domain.Repository<Shelf>().QueryAsync(cancellationToken: cancellationToken)).Select(static s => (s.Id, s.Entries))) },
            // In a projection it is the stream that waits, of which a tally by target has only a part.
            new() { Name = "tallies by target", Method = Of(Handlers.Tallies), Due = Due(Of(Handlers.Tallies), parks: true, static e => e.Target, lane: static e => e.Source), Effects = Kept(tallies[true].Select(static t => (t.Key, t.Entries.ToList()))) },
            new() { Name = "tallies by source", Method = Of(Handlers.Tallies) with { Name = nameof(Emitted) + "#2" }, Due = DueOfTheSecond(), Effects = Kept(tallies[false].Select(static t => (t.Key, t.Entries.ToList()))) },
            new() { Name = "accounts", Method = CommandMethod(), Due = [.. _credits.Select(static m => new Due(m.Position, m.Command.Entry, m.Command.Account) { IsPoison = m.Command.IsPoison })], Effects = Kept(await LoadAsync<Account>(_credits.Select(static m => m.Command.Account), static a => a.Entries, cancellationToken)) },
        ];
    }

    private static Method Of(string handler) => new($"{BooksDomain.Name}::{handler}", nameof(Emitted));

    private static Method CommandMethod() => new($"{BooksDomain.Name}::account:command", $"Books.{nameof(Credit)}.v1");

    private IReadOnlyList<Due> Due(Method method, bool parks, Func<Emitted, string> place, Func<Emitted, bool>? where = null, Func<Emitted, string>? lane = null) =>
    [
        .. _emitted.Where(message => where?.Invoke(message.Event) ?? true).Select(message => new Due(message.Position, message.Event.Entry, place(message.Event), lane?.Invoke(message.Event) ?? "")
        {
            IsPoison = Has(message.Event, method, TroubleKind.Poison),
            MayBeLate = !parks && Has(message.Event, method, TroubleKind.Flaky),
        }),
    ];

    private IReadOnlyList<Due> DueOfTheSecond() => [.. _emitted.Select(static message => new Due(message.Position, message.Event.Entry, message.Event.Page))];

    private static bool Has(Emitted emitted, Method method, TroubleKind kind) =>
        emitted.Trouble is { } trouble && trouble.Kind == kind && method == Of(trouble.Handler);

    private async Task<IEnumerable<(string, List<string>)>> LoadAsync<TAggregate>(IEnumerable<string> ids, Func<TAggregate, List<string>> entries, CancellationToken cancellationToken)
        where TAggregate : AggregateRoot
    {
        List<(string, List<string>)> loaded = [];
        foreach (var id in ids.Distinct())
        {
            if (await _domain.Repository<TAggregate>().FindAsync(id, cancellationToken) is { } aggregate)
                loaded.Add((id, entries(aggregate)));
        }

        return loaded;
    }

    private static Dictionary<string, IReadOnlyList<string>> Kept(IEnumerable<(string Place, List<string> Entries)> kept) =>
        kept.ToDictionary(static k => k.Place, static k => (IReadOnlyList<string>)k.Entries);

    private Dictionary<string, IReadOnlyList<string>> Written(string type) =>
        _written.GetValueOrDefault(type, []).ToDictionary(static w => w.Key, static w => (IReadOnlyList<string>)w.Value);

    private void Write(StoredMessage message, string entry)
    {
        var type = TypeOf(message);
        if (!_written.TryGetValue(type, out var streams))
            _written.Add(type, streams = []);
        if (!streams.TryGetValue(message.Stream.Value, out var entries))
            streams.Add(message.Stream.Value, entries = []);
        entries.Add(entry);
    }

    private static string TypeOf(StoredMessage message) => message.Type.Split('.')[^2];

    private static T Read<T>(StoredMessage message) => JsonSerializer.Deserialize<T>(message.Body.Span, _json)!;
}

/// <summary>What a store says of a run.</summary>
/// <param name="Works">What was to be done, and what was done.</param>
/// <param name="Messages">How many messages were to be handled.</param>
/// <param name="Findings">What the store itself finds wrong.</param>
internal sealed record WorkDone(IReadOnlyList<Work> Works, int Messages, IReadOnlyList<StoreFinding> Findings);
