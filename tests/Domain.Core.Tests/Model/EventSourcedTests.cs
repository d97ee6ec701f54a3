using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

public sealed class EventSourcedTests : IAsyncDisposable
{
    private readonly Domain _domain = Domain.Create("Test", d =>
    {
        d.Aggregate<Wallet>().Raises<Audited>();
        d.Aggregate<GoldWallet>();
        d.UseInMemory();
        d.UseInMemoryBroker();
    });

    private IRepository<Wallet> Wallets => _domain.Repository<Wallet>();

    [Fact]
    public void Raise_OfAnEvent_AppliesItAtOnce()
    {
        var wallet = new Wallet("w-1");

        wallet.Put(5);

        wallet.Balance.ShouldBe(5);
    }

    [Fact]
    public async Task GetAsync_OfAStream_FoldsItsEvents()
    {
        var wallet = new Wallet("w-1");
        wallet.Put(5);
        wallet.Put(7);
        wallet.Take(2);
        await Wallets.SaveAsync(wallet);

        var loaded = await Wallets.GetAsync("w-1");

        (loaded.Id, loaded.Balance, loaded.Version).ShouldBe(("w-1", 10, 2L));
    }

    [Fact]
    public async Task GetAsync_OfAStream_HasNoRaisedEvents()
    {
        var wallet = new Wallet("w-1");
        wallet.Put(5);
        await Wallets.SaveAsync(wallet);

        (await Wallets.GetAsync("w-1")).RaisedEvents.ShouldBeEmpty();
    }

    [Fact]
    public async Task GetAsync_OfMoreEventsThanAPageHolds_FoldsThemAll()
    {
        var wallet = new Wallet("w-1");
        for (var i = 0; i < 2500; i++)
            wallet.Put(1);
        await Wallets.SaveAsync(wallet);

        (await Wallets.GetAsync("w-1", atVersion: 2499)).Balance.ShouldBe(2500);
    }

    [Fact]
    public void Raise_OfAnEventWithoutApply_ThrowsAtThatMoment()
    {
        var wallet = new Wallet("w-1");

        var error = Should.Throw<MissingApplyException>(wallet.Lose);

        error.Message.ShouldContain("Wallet raised Lost");
        error.Message.ShouldContain("void Apply(Lost e)");
    }

    [Fact]
    public void Raise_OfAnEventWithoutApply_LeavesTheInstanceUsable()
    {
        var wallet = new Wallet("w-1");
        Should.Throw<MissingApplyException>(wallet.Lose);

        wallet.Put(1);

        wallet.RaisedEvents.ShouldBe([new Put(1)]);
    }

    [Fact]
    public async Task Raise_OfANotification_NeedsNoApply()
    {
        var wallet = new Wallet("w-1");
        wallet.Put(1);

        wallet.Audit();
        await Wallets.SaveAsync(wallet);

        (await _domain.LogAsync()).Select(m => m.Kind).ShouldBe([MessageKind.Event, MessageKind.Notification]);
    }

    [Fact]
    public void Raise_InsideApply_IsRefusedAndNamesTheEvent()
    {
        var wallet = new Wallet("w-1");

        var error = Should.Throw<InvalidOperationException>(wallet.Echo);

        error.Message.ShouldContain("Wallet 'w-1' raised Put inside an Apply method");
    }

    [Fact]
    public void Apply_ThatThrows_BreaksTheInstance()
    {
        var wallet = new Wallet("w-1");
        Should.Throw<TimeoutException>(wallet.Explode);

        var error = Should.Throw<BrokenAggregateException>(() => wallet.Put(1));

        error.Message.ShouldContain("applying Exploded failed half-way");
    }

    [Fact]
    public void Raise_WithABrokenRule_BreaksTheInstance()
    {
        var wallet = new Wallet("w-1");
        Should.Throw<ValidationException>(() => wallet.TakeCarelessly(1));

        Should.Throw<BrokenAggregateException>(() => wallet.Put(1));
    }

    [Fact]
    public async Task SaveAsync_AfterABrokenRule_StoresNothing()
    {
        var wallet = new Wallet("w-1");
        Should.Throw<ValidationException>(() => wallet.TakeCarelessly(1));

        await Should.ThrowAsync<BrokenAggregateException>(async () => await Wallets.SaveAsync(wallet));

        (await _domain.SnapshotAsync("test::wallet:snapshot", "w-1")).Head.ShouldBe(0);
    }

    [Fact]
    public void Ensure_BeforeRaise_LeavesTheInstanceUsable()
    {
        var wallet = new Wallet("w-1");
        wallet.Put(1);
        Should.Throw<ValidationException>(() => wallet.Take(5));

        wallet.Take(1);

        wallet.Balance.ShouldBe(0);
    }

    [Fact]
    public async Task Apply_OfABaseClass_IsFound()
    {
        var wallet = new GoldWallet("g-1");
        wallet.Open();
        wallet.Polish();
        await _domain.Repository<GoldWallet>().SaveAsync(wallet);

        var loaded = await _domain.Repository<GoldWallet>().GetAsync("g-1");

        (loaded.IsOpen, loaded.Shine).ShouldBe((true, 1));
    }

    [Fact]
    public async Task GetAsync_OfAStreamWithAnEventNobodyRegistered_NamesEventAndPlace()
    {
        await _domain.PutMessageAsync("test::wallet-w-1", "Test.Vanished.v1", "{}");

        var error = await Should.ThrowAsync<UnknownEventException>(async () => await Wallets.GetAsync("w-1"));

        error.Message.ShouldContain("Test.Vanished.v1");
        error.Message.ShouldContain("test::wallet-w-1:0");
    }

    [Fact]
    public async Task GetAsync_OfAStreamThatIsNotThere_NamesAggregateAndId()
    {
        var error = await Should.ThrowAsync<AggregateNotFoundException>(async () => await Wallets.GetAsync("w-9"));

        error.Message.ShouldBe("There is no Wallet with id 'w-9'.");
    }

    [Fact]
    public async Task SaveAsync_OfAStreamThatSomebodyElseExtended_NamesStreamAndVersions()
    {
        var first = new Wallet("w-1");
        first.Put(1);
        var second = new Wallet("w-1");
        second.Put(2);
        await Wallets.SaveAsync(first);

        var error = await Should.ThrowAsync<ConcurrencyException>(async () => await Wallets.SaveAsync(second));

        (error.Subject, error.Expected, error.Actual).ShouldBe(("test::wallet-w-1", -1L, 0L));
    }

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    public sealed record Put(int Amount) : IDomainEvent;

    public sealed record Taken(int Amount) : IDomainEvent;

    public sealed record Echoed : IDomainEvent;

    public sealed record Exploded : IDomainEvent;

    public sealed record Lost : IDomainEvent;

    public sealed record Opened : IDomainEvent;

    public sealed record Polished : IDomainEvent;

    public sealed record Audited(int Balance) : INotificationEvent;

    public sealed class Wallet : EventSourcedAggregate
    {
        public Wallet(string id) => Id = id;

        Wallet()
        {
        }

        public int Balance { get; private set; }

        public void Put(int amount) => Raise(new Put(amount));

        public void Take(int amount)
        {
            Ensure(amount <= Balance, "there is not so much in it");
            Raise(new Taken(amount));
        }

        public void TakeCarelessly(int amount) => Raise(new Taken(amount));

        public void Lose() => Raise(new Lost());

        public void Echo() => Raise(new Echoed());

        public void Explode() => Raise(new Exploded());

        public void Audit() => Raise(new Audited(Balance));

        [Invariant]
        void NeverNegative() => Ensure(Balance >= 0, "no debts");

        void Apply(Put e) => Balance += e.Amount;

        void Apply(Taken e) => Balance -= e.Amount;

        void Apply(Echoed e) => Raise(new Put(1));

        void Apply(Exploded e) => throw new TimeoutException();
    }

    public abstract class OpenableWallet : EventSourcedAggregate
    {
        public bool IsOpen { get; private set; }

        public void Open() => Raise(new Opened());

        void Apply(Opened e) => IsOpen = true;
    }

    public sealed class GoldWallet : OpenableWallet
    {
        public GoldWallet(string id) => Id = id;

        GoldWallet()
        {
        }

        public int Shine { get; private set; }

        public void Polish() => Raise(new Polished());

        void Apply(Polished e) => Shine++;
    }
}
