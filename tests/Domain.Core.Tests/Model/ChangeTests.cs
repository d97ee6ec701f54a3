using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

public sealed class ChangeTests : IAsyncDisposable
{
    private readonly Domain _domain = Domain.Create("Test", d =>
    {
        d.Aggregate<Ledger>().Raises<Posted>();
        d.Aggregate<Journal>();
        d.UseInMemory();
    });

    private IRepository<Ledger> Ledgers => _domain.Repository<Ledger>();

    private IRepository<Journal> Journals => _domain.Repository<Journal>();

    [Fact]
    public void Raise_OutsideAChange_ChecksTheRulesAtOnce()
    {
        var ledger = new Ledger("l-1");

        Should.Throw<ValidationException>(() => ledger.Post(5));
    }

    [Fact]
    public void Change_ThatBreaksARuleInBetween_Succeeds()
    {
        var ledger = new Ledger("l-1");

        ledger.Transfer(5);

        ledger.RaisedEvents.ShouldBe([new Posted(5), new Posted(-5)]);
    }

    [Fact]
    public void Change_ThatBreaksARuleAtItsEnd_Throws()
    {
        var ledger = new Ledger("l-1");

        Should.Throw<ValidationException>(() => ledger.Do(() => ledger.Post(5)));

        Should.Throw<BrokenAggregateException>(() => ledger.Transfer(1));
    }

    [Fact]
    public void Change_WithinAChange_ChecksAtTheEndOfTheOuterOne()
    {
        var ledger = new Ledger("l-1");

        ledger.Do(() =>
        {
            ledger.Do(() => ledger.Post(5));
            ledger.Post(-5);
        });

        ledger.RaisedEvents.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Change_ThatStopsBeforeAnythingChanged_LeavesTheInstanceUsable()
    {
        await Ledgers.SaveAsync(new Ledger("l-1"));
        var ledger = await Ledgers.GetAsync("l-1");
        Should.Throw<TimeoutException>(() => ledger.Do(() => throw new TimeoutException()));

        ledger.Transfer(1);

        ledger.RaisedEvents.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Change_ThatStopsHalfWay_BreaksALoadedInstance()
    {
        await Ledgers.SaveAsync(new Ledger("l-1"));
        var ledger = await Ledgers.GetAsync("l-1");
        Should.Throw<TimeoutException>(() => ledger.Do(() =>
        {
            ledger.Post(1);
            throw new TimeoutException();
        }));

        var error = Should.Throw<BrokenAggregateException>(() => ledger.Transfer(1));

        error.Message.ShouldContain("stopped half-way");
    }

    [Fact]
    public async Task Change_ThatStopsAfterAnEventWithoutAChangeOfState_BreaksALoadedInstance()
    {
        await Ledgers.SaveAsync(new Ledger("l-1"));
        var ledger = await Ledgers.GetAsync("l-1");
        Should.Throw<TimeoutException>(() => ledger.Do(() =>
        {
            ledger.Post(0);
            throw new TimeoutException();
        }));

        await Should.ThrowAsync<BrokenAggregateException>(async () => await Ledgers.SaveAsync(ledger));
    }

    [Fact]
    public void Change_ThatStopsAfterAnEvent_BreaksANewInstance()
    {
        var ledger = new Ledger("l-1");
        Should.Throw<TimeoutException>(() => ledger.Do(() =>
        {
            ledger.Post(1);
            throw new TimeoutException();
        }));

        Should.Throw<BrokenAggregateException>(() => ledger.Transfer(1));
    }

    [Fact]
    public async Task Change_ThatStopsHalfWay_StoresNothing()
    {
        await Ledgers.SaveAsync(new Ledger("l-1"));
        var ledger = await Ledgers.GetAsync("l-1");
        var before = await _domain.SnapshotAsync("test::ledger", "l-1");
        Should.Throw<TimeoutException>(() => ledger.Do(() =>
        {
            ledger.Post(1);
            throw new TimeoutException();
        }));

        await Should.ThrowAsync<BrokenAggregateException>(async () => await Ledgers.SaveAsync(ledger));

        (await _domain.SnapshotAsync("test::ledger", "l-1")).ShouldBe(before);
    }

    [Fact]
    public void Change_OfAnEventSourcedAggregate_ChecksAtItsEndOnly()
    {
        var journal = new Journal("j-1");

        journal.Transfer(5);

        journal.Balance.ShouldBe(0);
        journal.RaisedEvents.Count.ShouldBe(2);
    }

    [Fact]
    public void Change_OfAnEventSourcedAggregateThatStopsHalfWay_BreaksIt()
    {
        var journal = new Journal("j-1");
        Should.Throw<TimeoutException>(() => journal.Do(() =>
        {
            journal.Post(1);
            throw new TimeoutException();
        }));

        Should.Throw<BrokenAggregateException>(() => journal.Transfer(1));
    }

    [Fact]
    public async Task Change_OfAnEventSourcedAggregateWithAnEnsureBeforeItsFirstEvent_LeavesItUsable()
    {
        var journal = new Journal("j-1");
        journal.Transfer(1);
        Should.Throw<ValidationException>(() => journal.Do(() => journal.Refuse()));

        journal.Transfer(2);
        await Journals.SaveAsync(journal);

        (await Journals.GetAsync("j-1")).Version.ShouldBe(3);
    }

    [Fact]
    public void Change_OfNull_IsRefused() =>
        Should.Throw<ArgumentNullException>(() => new Ledger("l-1").Do(null!));

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    public sealed record Posted(int Amount) : IDomainEvent;

    public sealed class Ledger : Aggregate
    {
        private int _balance;

        public Ledger(string id) => Id = id;

        Ledger()
        {
        }

        public void Transfer(int amount) => Change(() =>
        {
            Post(amount);
            Post(-amount);
        });

        public void Do(Action change) => Change(change);

        public void Post(int amount)
        {
            _balance += amount;
            Raise(new Posted(amount));
        }

        [Invariant]
        void Balanced() => Ensure(_balance == 0, "a ledger is balanced");
    }

    public sealed class Journal : EventSourcedAggregate
    {
        public Journal(string id) => Id = id;

        Journal()
        {
        }

        public int Balance { get; private set; }

        public void Transfer(int amount) => Change(() =>
        {
            Post(amount);
            Post(-amount);
        });

        public void Do(Action change) => Change(change);

        public void Post(int amount) => Raise(new Posted(amount));

        public void Refuse() => Ensure(false, "refused");

        [Invariant]
        void Balanced() => Ensure(Balance == 0, "a journal is balanced");

        void Apply(Posted e) => Balance += e.Amount;
    }
}
