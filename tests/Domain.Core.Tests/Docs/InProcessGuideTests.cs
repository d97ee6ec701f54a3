using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Protean.Tests.Docs;

/// <summary>The guide to handling in process shows code that compiles and does what it says.</summary>
public sealed class InProcessGuideTests : IMailer, IPrices
{
    private readonly List<string> _mails = [];

    Task IMailer.SendAsync(string ticket)
    {
        lock (_mails)
            _mails.Add(ticket);
        return Task.CompletedTask;
    }

    Task<decimal> IPrices.GetAsync(string seat) => throw new TimeoutException();

    [Fact]
    public void Guide_EachListing_IsPartOfCodeThatCompiles() => GuideListings.Check("docs/guides/in-process.md");

    [Fact]
    public void Guide_TheSettings_AreAllThere()
    {
        var guide = GuideListings.Read("docs/guides/in-process.md");

        foreach (var setting in new[] { nameof(DomainBuilder.InlineOrder), nameof(DomainBuilder.MaxConcurrentHandlers), nameof(DomainBuilder.HandlerLimit), nameof(DomainBuilder.InlineErrors), nameof(DomainBuilder.MaxEventDepth), nameof(DomainBuilder.HandlerScopes) })
            guide.ShouldContain($"\n| `{setting}` |");
        foreach (var value in Enum.GetNames<HandlerScopes>().Concat(Enum.GetNames<InlineErrorPolicy>()))
            guide.ShouldContain($"\n| `{value}` |");
    }

    [Fact]
    public async Task Guide_ItsTickets_AreReservedConfirmedAndMailed()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IMailer>(this).AddSingleton<IPrices>(this);
        InProcessExample.AddTickets(services);
        await using var provider = services.BuildServiceProvider();
        var domain = provider.GetRequiredService<IDomain>();

        await domain.ProcessAsync(new Reserve("t-1", "A1"), TestContext.Current.CancellationToken);
        var seats = new List<string>();
        await foreach (var seat in domain.StreamAsync(new ReserveRow("B", 3), TestContext.Current.CancellationToken))
            seats.Add(seat);

        (await domain.Repository<Ticket>().GetAsync("t-1", TestContext.Current.CancellationToken)).IsConfirmed.ShouldBeTrue();
        seats.ShouldBe(["B1", "B2", "B3"]);
        _mails.ShouldBe(["t-1", "B1", "B2", "B3"]);
        (await domain.QueryAsync(new PriceOf("A1"), TestContext.Current.CancellationToken)).ToString(CultureInfo.InvariantCulture).ShouldBe("50");
        (await Should.ThrowAsync<ValidationException>(() => domain.ProcessAsync(new Reserve("t-2", "nowhere"), TestContext.Current.CancellationToken))).Violations[0].Rule.ShouldBe("Seat");
    }

    [Fact]
    public async Task Guide_ItsPayments_AreAskedInTurn()
    {
        await using var domain = Domain.Create("tickets", builder =>
        {
            builder.Services.AddSingleton<IVouchers>(new Vouchers());
            builder.Aggregate<Ticket>();
            InProcessExample.AddPayments(builder);
            builder.UseInMemory();
        });

        (await domain.ProcessAsync(new Pay("t-1", "voucher"), TestContext.Current.CancellationToken)).ShouldBe("paid by voucher");
        (await domain.ProcessAsync(new Pay("t-1", "card"), TestContext.Current.CancellationToken)).ShouldBe("paid by card");
        (await domain.ProcessAsync(new Pay("t-1", "shells"), TestContext.Current.CancellationToken)).ShouldBe("nobody takes shells");
    }

    private sealed class Vouchers : IVouchers
    {
        public Task<bool> RedeemAsync(string ticket) => Task.FromResult(true);
    }
}
