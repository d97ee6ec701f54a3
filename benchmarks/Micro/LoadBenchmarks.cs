using BenchmarkDotNet.Attributes;

namespace Protean.Benchmarks;

/// <summary>Loading an event-sourced aggregate from the in-memory store, snapshots off.</summary>
[MemoryDiagnoser]
public class LoadBenchmarks
{
    private Domain _domain = null!;
    private IRepository<Account> _accounts = null!;

    [Params(100, 10_000)]
    public int Events { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        _domain = Bank.Create(inlineHandler: false);
        _accounts = _domain.Repository<Account>();
        await Bank.FillAsync(_domain, "a", Events);
    }

    [GlobalCleanup]
    public async Task Cleanup() => await _domain.DisposeAsync();

    [Benchmark]
    public ValueTask<Account> Load() => _accounts.GetAsync("a");
}
