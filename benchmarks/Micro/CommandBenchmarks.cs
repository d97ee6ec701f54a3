using BenchmarkDotNet.Attributes;

namespace Protean.Benchmarks;

/// <summary>Commands and commits on the in-memory store, which grows meanwhile: iterations are bounded, and each begins with a new domain.</summary>
[MemoryDiagnoser]
[InvocationCount(20_000)]
public class CommandBenchmarks
{
    private const int Accounts = 20_000;
    private static readonly Ping ThePing = new("a-0");
    private Domain _domain = null!;
    private Domain _domainWithHandler = null!;
    private Domain _domainWithMiddleware = null!;
    private IRepository<Account> _accounts = null!;
    private Deposit[] _deposits = null!;
    private int _next;

    [IterationSetup]
    public void Setup()
    {
        _domain = Bank.Create(inlineHandler: false);
        _domainWithHandler = Bank.Create(inlineHandler: true);
        _domainWithMiddleware = Bank.Create(inlineHandler: false, new RequestBenchmarks.PassingOn());
        _accounts = _domain.Repository<Account>();
        _deposits = [.. Enumerable.Range(0, Accounts).Select(i => new Deposit($"a-{i}", 1))];
        foreach (var deposit in _deposits)
        {
            Bank.FillAsync(_domain, deposit.AccountId, 1).GetAwaiter().GetResult();
            Bank.FillAsync(_domainWithHandler, deposit.AccountId, 1).GetAwaiter().GetResult();
        }

        _next = 0;
    }

    /// <summary>The unit of work and the recorded command alone: the handler does nothing.</summary>
    [Benchmark(Baseline = true)]
    public Task CommandWithoutEffect() => _domain.ProcessAsync(ThePing);

    /// <summary>The same through a middleware that only passes on.</summary>
    [Benchmark]
    public Task CommandThroughAMiddleware() => _domainWithMiddleware.ProcessAsync(ThePing);

    /// <summary>A new aggregate with one event, saved outside a handler.</summary>
    [Benchmark]
    public async Task CommitOneEvent() => await _accounts.SaveAsync(Account.Open($"n-{_next++}", "somebody"));

    /// <summary>Load, act, save.</summary>
    [Benchmark]
    public Task CommandWithOneEvent() => _domain.ProcessAsync(_deposits[_next++ % Accounts]);

    /// <summary>Load, act, save, and one inline handler that does nothing.</summary>
    [Benchmark]
    public Task CommandWithOneInlineHandler() => _domainWithHandler.ProcessAsync(_deposits[_next++ % Accounts]);
}
