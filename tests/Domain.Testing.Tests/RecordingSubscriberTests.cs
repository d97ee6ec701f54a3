using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests;

public sealed class RecordingSubscriberTests
{
    private static readonly OrderPlaced Placed = new("o-1", "b-1", 10);
    private static readonly PlaceOrder Place = new("o-1", "b-1", 10);

    private RecordingSubscriber _recorder = null!;

    [Fact]
    public async Task Messages_AfterADrain_AreWhatWasStored()
    {
        await using var test = Bookshop.Create(domain => _recorder = domain.AddRecorder());

        await test.When(Place).Drained().Then(Placed);

        _recorder.Messages.ShouldHaveSingleItem().Stream.Value.ShouldBe("bookshop::order-o-1");
    }

    [Fact]
    public async Task ShouldHaveReceived_TheSameEvents_Passes()
    {
        await using var test = Bookshop.Create(domain => _recorder = domain.AddRecorder());

        await test.When(Place).Drained().Then(Placed);

        _recorder.ShouldHaveReceived(Placed);
    }

    [Fact]
    public async Task ShouldHaveReceived_NothingCame_ShowsWhatIsMissing()
    {
        await using var test = Bookshop.Create(domain => _recorder = domain.AddRecorder(name: "audit"));

        var failure = Should.Throw<DomainAssertionException>(() => _recorder.ShouldHaveReceived(Placed));

        failure.Message.ShouldStartWith("The events that 'audit' received differ: 1 was expected, and there are none.");
    }

    [Fact]
    public async Task AddRecorder_OfACategory_LeavesTheOthersOut()
    {
        await using var test = Bookshop.Create(domain => _recorder = domain.AddRecorder("stock"));

        await test.Given(Stock.Count("b-1", 3)).When(Place).Drained().Then(Placed);

        _recorder.ShouldHaveReceived(new StockCounted("b-1", 3));
    }

    [Fact]
    public async Task AddRecorder_WithASource_LeavesOutWhatWasNotCausedThere()
    {
        await using var test = Bookshop.Create(domain => _recorder = domain.AddRecorder(sourceStream: "order"));

        await test.Given(Placed).And(Stock.Count("b-1", 100)).When(new ShipOrder("o-1")).Drained()
            .Then(new OrderShipped("o-1", "b-1", 10), new StockWithdrawn("b-1", 10, 90));

        _recorder.ShouldHaveReceived(new OrderShipped("o-1", "b-1", 10), new StockWithdrawn("b-1", 10, 90));
    }

    [Fact]
    public async Task Of_AType_LeavesTheOthersOut()
    {
        await using var test = Bookshop.Create(domain => _recorder = domain.AddRecorder());

        await test.Given(Stock.Count("b-1", 3)).When(Place).Drained().Then(Placed);

        _recorder.Of<StockCounted>().ShouldBe([new StockCounted("b-1", 3)]);
    }

    [Fact]
    public async Task Clear_Afterwards_NothingWasReceived()
    {
        await using var test = Bookshop.Create(domain => _recorder = domain.AddRecorder());
        await test.When(Place).Drained().Then(Placed);

        _recorder.Clear();

        _recorder.ShouldHaveReceived();
    }
}
