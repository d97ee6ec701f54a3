using Protean.Testing;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>A request whose handler gives one item and fails then, and whose fallback gives another.</summary>
public sealed record FailingNumbers : IStreamRequest<int>
{
    private static readonly int[] Hundred = [100];

    public static TestDomain Create(List<string> log, Action<StreamHandlerBuilder>? stream = null, Action<DomainBuilder>? declare = null) => Bank.Create(domain =>
    {
        var handler = domain.StreamHandler()
            .On<FailingNumbers, int>((_, context) => GiveOneAsync(log, context))
            .Fallback<FailingNumbers, int>((_, _) => Hundred.ToAsyncEnumerable());
        stream?.Invoke(handler);
        declare?.Invoke(domain);
    });

    public static async Task<List<int>> ReadAsync(TestDomain bank)
    {
        List<int> numbers = [];
        await foreach (var number in bank.Domain.StreamAsync(new FailingNumbers(), TestContext.Current.CancellationToken))
            numbers.Add(number);
        return numbers;
    }

    private static async IAsyncEnumerable<int> GiveOneAsync(List<string> log, HandlerContext context)
    {
        log.Add("primary");
        if (log.Count == 1)
            context.Repository<Account>().Add(Account.Open("given 1"));
        yield return 1;
        context.Repository<Account>().Add(Account.Open("given 2"));
        await Task.Yield();
        throw new TimeoutException();
    }
}
