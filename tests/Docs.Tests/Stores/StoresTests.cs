using Protean.Docs.Shop;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.Docs.Stores;

/// <summary>What the guide to the stores shows can be called, and does what it says.</summary>
public sealed class StoresTests : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("stores-");
    private readonly Domain _domain;

    public StoresTests() => _domain = Domain.Create("inventory", domain =>
    {
        domain.Aggregate<Order>();
        StoresExample.WithSql(domain);
        domain.UseSqlite(Path.Combine(_folder.FullName, "inventory.db"));
    });

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _domain.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task OnCommit_WithSqlThatFails_TakesTheOrderBack()
    {
        // There is no table 'order_report'.
        await Should.ThrowAsync<Exception>(() => StoresExample.ProcessOnceAsync(_domain, new("order-1", "dune", 1), "4711"));

        (await _domain.Repository<Order>().ExistsAsync("order-1", Cancellation)).ShouldBeFalse();
    }

    [Fact]
    public async Task Maintenance_OfAStream_ShortensAndClosesIt()
    {
        var order = Order.Place(new("order-1", "dune", 1));
        order.Ship();
        await _domain.Repository<Order>().SaveAsync(order, Cancellation);
        await _domain.Repository<Order>().SaveAsync(Order.Place(new("1", "dune", 1)), Cancellation);
        (await StoresExample.CountAsync(_domain)).ShouldNotBeNull().Count.ShouldBe(1);
        var first = (await _domain.Store.ReadStreamAsync(new() { Stream = StreamName.Parse("inventory::order-order-1"), MaxCount = 1 }, Cancellation)).Messages[0];
        (await StoresExample.TraceAsync(_domain, first.Id, first.Metadata.CorrelationId)).ShouldNotBeEmpty();

        (await StoresExample.ShortenAsync(_domain)).ShouldBe(1);

        (await _domain.Repository<Order>().ExistsAsync("order-1", Cancellation)).ShouldBeFalse();
        await StoresExample.VerifyAsync(_domain, Cancellation);
    }

    [Fact]
    public async Task CommitOnce_OfAStream_IsCommitted() =>
        (await CommitAsync()).AlreadyCommitted.ShouldBeFalse();

    private async Task<CommitResult> CommitAsync()
    {
        await _domain.StartAsync(Cancellation);
        var message = NewMessage.Create(
            Guid.CreateVersion7(), "Inventory.Noted.v1", MessageKind.Event, DateTimeOffset.UtcNow, "{}"u8.ToArray(), new() { CorrelationId = "c-1" });
        return await StoresExample.CommitOnceAsync(_domain.Store, StreamName.Parse("inventory::note-1"), [message], Cancellation);
    }
}
