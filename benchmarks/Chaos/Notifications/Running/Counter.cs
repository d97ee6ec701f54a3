using System.Text.Json;
using Protean.Benchmarks.Chaos.Deliveries.Judging;
using Protean.Benchmarks.Chaos.Notifications.Domains;
using Protean.Benchmarks.Chaos.Running;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Brokers;
using Protean.Engine;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Notifications.Running;

/// <summary>Looks at both stores of a run from outside.</summary>
internal sealed class Counter : IAsyncDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly BrokerAddress _broker;
    private readonly Observer _observer;
    private readonly Domain _shop;
    private readonly Domain _accounts;
    private readonly DomainEngine _sending;
    private readonly DomainEngine _receiving;

    public Counter(StoreAddress shop, StoreAddress accounts, BrokerAddress broker, Observer observer)
    {
        _broker = broker;
        _observer = observer;
        _shop = ShopDomain.Create(shop, broker);
        _accounts = AccountsDomain.Create(accounts, broker);
        // Never started: they only look.
        _sending = new(_shop, Lively.Configure);
        _receiving = new(_accounts, Lively.Configure);
    }

    /// <summary>Waits until everything has come out of the broker, and has had its effect, that is recorded now.</summary>
    public async Task ArriveAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var sent = await DesksAsync(cancellationToken);
        await WithinAsync(
            patience,
            async limit =>
            {
                while (sent.Any(desk => _observer.CountOf(desk.Id) < desk.Sent) || !await AreEnteredAsync(sent, limit))
                    await Task.Delay(_pause, limit);
            },
            cancellationToken);
    }

    /// <summary>
    /// Says when all is recorded that no more will come, and waits until nothing is left to be done. The word goes the way of all others, when they are gone: where it has come, they
    /// have been before.
    /// </summary>
    public Task CloseAsync(TimeSpan patience, CancellationToken cancellationToken) => WithinAsync(
        patience,
        async limit =>
        {
            await SettleAsync(_shop, _sending, limit);
            var desk = await _shop.Repository<Desk>().GetAsync(ShopDomain.DeskOf(0), limit);
            desk.Close();
            await _shop.Repository<Desk>().SaveAsync(desk, limit);
            await SettleAsync(_shop, _sending, limit);
            await _observer.Closed.WaitAsync(limit);
            while (!(await _accounts.Repository<Account>().GetAsync(desk.Id, limit)).IsClosed)
                await Task.Delay(_pause, limit);
            await SettleAsync(_accounts, _receiving, limit);
        },
        cancellationToken);

    /// <summary>What either domain has given up.</summary>
    public async Task<IReadOnlySet<DeadDelivery>> DeadAsync(CancellationToken cancellationToken)
    {
        HashSet<DeadDelivery> dead = [];
        foreach (var engine in new[] { _sending, _receiving })
        {
            foreach (var record in await engine.DeadLetters.ListAsync(new() { Take = 1_000 }, cancellationToken))
                dead.Add(new(new(record.Key.Handler, record.Key.Method), record.Key.GlobalPosition));
        }

        return dead;
    }

    public async ValueTask DisposeAsync()
    {
        await _sending.DisposeAsync();
        await _receiving.DisposeAsync();
        await _shop.DisposeAsync();
        await _accounts.DisposeAsync();
    }

    /// <summary>Waits until a domain has handled what is in its log: nothing is to be tried again, and nothing waits.</summary>
    private static async Task SettleAsync(Domain domain, DomainEngine engine, CancellationToken cancellationToken)
    {
        while (true)
        {
            var head = await domain.Store.GetHeadAsync(cancellationToken);
            await engine.WaitUntilCaughtUpAsync(head, cancellationToken);
            if (await OpenAsync(domain, cancellationToken) == 0 && await domain.Store.GetHeadAsync(cancellationToken) == head)
                return;
            await Task.Delay(_pause, cancellationToken);
        }
    }

    private static async Task<long> OpenAsync(Domain domain, CancellationToken cancellationToken) =>
        await domain.Store.CountFailuresAsync(new() { Status = FailureStatus.Retrying }, cancellationToken) + await domain.Store.CountFailuresAsync(new() { Status = FailureStatus.Parked }, cancellationToken);

    private async Task WithinAsync(TimeSpan patience, Func<CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            await act(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ChaosFailure($"Not everything had come through within {patience.TotalSeconds:0} s: {await DescribeAsync(cancellationToken)}");
        }
    }

    private async Task<IReadOnlyList<Desk>> DesksAsync(CancellationToken cancellationToken) =>
        await _shop.Repository<Desk>().QueryAsync(cancellationToken: cancellationToken);

    private async Task<IReadOnlyList<Account>> AccountsAsync(CancellationToken cancellationToken) =>
        await _accounts.Repository<Account>().QueryAsync(cancellationToken: cancellationToken);

    private async Task<IReadOnlyList<Statement>> StatementsAsync(CancellationToken cancellationToken) =>
        await _accounts.Repository<Statement>().QueryAsync(cancellationToken: cancellationToken);

    private async Task<bool> AreEnteredAsync(IReadOnlyList<Desk> sent, CancellationToken cancellationToken)
    {
        var entered = (await AccountsAsync(cancellationToken)).ToDictionary(static account => account.Id, static account => account.Entries.Count);
        if (sent.Any(desk => entered[desk.Id] < desk.Sent))
            return false;
        var listed = (await StatementsAsync(cancellationToken)).ToDictionary(static statement => statement.Id, static statement => statement.Entries.Count);
        return sent.All(desk => listed[desk.Id] >= desk.Sent);
    }

    private async Task<string> DescribeAsync(CancellationToken cancellationToken)
    {
        var desks = await DesksAsync(cancellationToken);
        return $"{desks.Sum(static desk => desk.Sent)} are recorded, {_observer.Count} have come out of the broker, "
            + $"{(await AccountsAsync(cancellationToken)).Sum(static account => account.Entries.Count)} are entered, "
            + $"{(await StatementsAsync(cancellationToken)).Sum(static statement => statement.Entries.Count)} are on statements; "
            + $"to be tried again or waiting are {await OpenAsync(_shop, cancellationToken)} and {await OpenAsync(_accounts, cancellationToken)}; "
            + $"{await BehindAsync(_shop, ShopDomain.Name, cancellationToken)}; {await BehindAsync(_accounts, AccountsDomain.Name, cancellationToken)}";
    }

    /// <summary>The group of the handler that the broker feeds; nothing before an engine has begun it.</summary>
    public async Task<BrokerGroup?> StreamAsync(CancellationToken cancellationToken)
    {
        var rows = await _accounts.Store.ListCheckpointsAsync(_broker.StreamRelay, cancellationToken);
        return rows.FirstOrDefault(row => row.Data is not null) is { Data: { } data } ? _broker.Stream(JsonDocument.Parse(data).RootElement.GetProperty("mark").GetString()!) : null;
    }

    private static async Task<string> BehindAsync(Domain domain, string name, CancellationToken cancellationToken)
    {
        var head = await domain.Store.GetHeadAsync(cancellationToken);
        var behind = (await domain.Store.ListCheckpointsAsync(cancellationToken: cancellationToken))
            .Where(checkpoint => checkpoint.Key.Partition >= 0 && checkpoint.Position < head)
            .Select(static checkpoint => $"{checkpoint.Key.Name}/{checkpoint.Key.Partition} of {checkpoint.Owner ?? "nobody"} is at {checkpoint.Position}");
        return $"the log of {name} ends at {head}{string.Concat(behind.Select(static partition => $", {partition}"))}";
    }
}
