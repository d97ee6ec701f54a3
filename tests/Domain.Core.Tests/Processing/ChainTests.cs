using Microsoft.Extensions.DependencyInjection;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>Handlers of one request that are asked in turn.</summary>
public sealed class ChainTests
{
    public sealed record Pay(string Method) : ICommand<Paid>;

    public sealed record Paid(string By, bool Success);

    public sealed record Refund(string Method) : ICommand;

    public sealed record Prices(string Method) : IStreamRequest<int>;

    /// <summary>Counts how often each link was asked.</summary>
    public sealed class Counts
    {
        private static readonly string[] Links = ["A", "B", "C", "Default"];
        private readonly int[] _counts = new int[Links.Length];

        public void Count(string link) => _counts[Array.IndexOf(Links, link)]++;

        public override string ToString() => string.Join("/", _counts);
    }

    public abstract class Link(string name, Counts counts) : IChainLink<Pay, Task<Paid>>
    {
        public async Task<Paid> HandleAsync(Pay request, HandlerContext context, Func<Task<Paid>> next)
        {
            counts.Count(name);
            context.Repository<Account>().Add(Account.Open($"{name} {request.Method}"));
            return request.Method == name ? new(name, true) : await next();
        }
    }

    public sealed class A(Counts counts) : Link("A", counts);

    public sealed class B(Counts counts) : Link("B", counts);

    public sealed class C(Counts counts) : Link("C", counts);

    public sealed class Needy(IFormatProvider missing) : IChainLink<Pay, Task<Paid>>
    {
        public Task<Paid> HandleAsync(Pay request, HandlerContext context, Func<Task<Paid>> next) => Task.FromResult(new Paid(missing.ToString()!, false));
    }

    private readonly Counts _counts = new();

    private static readonly int[] Two = [1, 2];

    private static readonly int[] Three = [3];

    [Fact]
    public async Task Scenario_InProcess_E49_AChain_IsAnsweredByTheFirstThatCan()
    {
        await using var bank = Create(chain => chain.Use<A>().Use<B>().Use<C>().Else((_, _) =>
        {
            _counts.Count("Default");
            return Task.FromResult(new Paid("Default", false));
        }));
        List<string> seen = [];

        foreach (var method in (string[])["A", "B", "C", "zzz"])
        {
            var paid = await bank.Domain.ProcessAsync(new Pay(method), TestContext.Current.CancellationToken);
            seen.Add($"{paid.By} {paid.Success} {_counts}");
        }

        seen.ShouldBe(["A True 1/0/0/0", "B True 2/1/0/0", "C True 3/2/1/0", "Default False 4/3/2/1"]);
    }

    [Fact]
    public async Task Scenario_InProcess_E50_NobodyAnswers_IsNullWithoutAnError()
    {
        await using var bank = Create(chain => chain.Use<A>());

        (await bank.Domain.ProcessAsync(new Pay("zzz"), TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    [Fact]
    public async Task Links_ThatWereAsked_LeaveTheirEffectsInOneCommit()
    {
        await using var bank = Create(chain => chain.Use<A>().Use<B>().Use<C>());

        await bank.Domain.ProcessAsync(new Pay("B"), TestContext.Current.CancellationToken);

        (await bank.Store.LogAsync(MessageKind.Event)).Select(m => new string(m.Stream.Id)).ShouldBe(["A B", "B B"]);
    }

    [Fact]
    public async Task Chain_OfACommandWithoutAResult_EndsWithTheOneThatHandlesIt()
    {
        List<string> log = [];
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>().Chain<Refund>(chain => chain
            .Then((refund, _, next) =>
            {
                log.Add("first");
                return refund.Method == "first" ? Task.CompletedTask : next();
            })
            .Then((_, _, next) =>
            {
                log.Add("second");
                return next();
            })));

        await bank.Domain.ProcessAsync(new Refund("first"), TestContext.Current.CancellationToken);
        await bank.Domain.ProcessAsync(new Refund("nobody"), TestContext.Current.CancellationToken);

        log.ShouldBe(["first", "first", "second"]);
    }

    [Fact]
    public async Task Chain_OfAQuery_IsAnswered()
    {
        await using var bank = Bank.Create(domain => domain.QueryHandler().Chain<Look, int>(chain => chain
            .Then((look, _, next) => look.Note == "1" ? Task.FromResult(1) : next())
            .Else((_, _) => Task.FromResult(2))));

        (await bank.Domain.QueryAsync(new Look("1"), TestContext.Current.CancellationToken)).ShouldBe(1);
        (await bank.Domain.QueryAsync(new Look("x"), TestContext.Current.CancellationToken)).ShouldBe(2);
    }

    [Theory]
    [InlineData("first", new[] { 1, 2 })]
    [InlineData("second", new[] { 3 })]
    [InlineData("nobody", new int[0])]
    public async Task Chain_OfAStream_GivesTheItemsOfTheOneThatAnswers(string method, int[] expected)
    {
        await using var bank = Bank.Create(domain => domain.StreamHandler().Chain<Prices, int>(chain => chain
            .Then((prices, _, next) => prices.Method == "first" ? Two.ToAsyncEnumerable() : next())
            .Then((prices, _, next) => prices.Method == "second" ? Three.ToAsyncEnumerable() : next())));
        List<int> items = [];

        await foreach (var item in bank.Domain.StreamAsync(new Prices(method), TestContext.Current.CancellationToken))
            items.Add(item);

        items.ShouldBe(expected);
    }

    [Fact]
    public void Declarations_ThatCannotWork_AreFindings()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Bank.Create(domain =>
        {
            domain.CommandHandler<Account>()
                .Chain<Pay, Paid>(chain => chain.Else((_, _) => Task.FromResult(new Paid("", false))).Use<Needy>())
                .Chain<Refund>(_ => { });
        }));

        error.Message.ShouldContain("The chain for Pay goes on after Else(…)");
        error.Message.ShouldContain("The chain for Refund is empty");
        error.Message.ShouldContain("Chain link Needy needs IFormatProvider");
    }

    private TestDomain Create(Action<ChainBuilder<Pay, Task<Paid>>> links) => Bank.Create(domain =>
    {
        domain.Services.AddSingleton(_counts);
        domain.CommandHandler<Account>().Chain(links);
    });
}
