using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class MaintenanceTests : IAsyncDisposable
{
    public sealed record Counted(int By) : IDomainEvent;

    public sealed record Started(string Id) : IDomainEvent;

    public sealed class Counter : EventSourcedAggregate
    {
        public int Value { get; private set; }

        public static Counter Start(string id, int counts)
        {
            var counter = new Counter { Id = id };
            counter.Raise(new Started(id));
            for (var i = 0; i < counts; i++)
                counter.Count(1);
            return counter;
        }

        public void Count(int by) => Raise(new Counted(by));

        void Apply(Started e) => Id = e.Id;

        void Apply(Counted e) => Value += e.By;
    }

    public sealed class Box : Aggregate;

    private readonly Domain _domain = Domain.Create("Test", domain =>
    {
        domain.Aggregate<Counter>().SnapshotEvery(3);
        domain.Aggregate<Box>();
        domain.UseInMemory();
    });

    private IRepository<Counter> Counters => _domain.Repository<Counter>();

    [Fact]
    public async Task TruncateAsync_AWholeStream_LeavesTheStateInOneBaseline()
    {
        await Counters.SaveAsync(Counter.Start("c", 9));

        var removed = await _domain.Maintenance.TruncateAsync<Counter>("c", cancellationToken: TestContext.Current.CancellationToken);

        removed.ShouldBe(9);
        var stream = await _domain.Store.ReadStreamAsync(new() { Stream = StreamName.Create("test::counter", "c"), MaxCount = 10 }, TestContext.Current.CancellationToken);
        stream.Messages.ShouldHaveSingleItem().Kind.ShouldBe(MessageKind.Baseline);
        (await Counters.GetAsync("c", atVersion: 9)).Value.ShouldBe(9);
    }

    [Fact]
    public async Task TruncateAsync_ThenMoreEvents_GoesOnFromTheBaseline()
    {
        await Counters.SaveAsync(Counter.Start("c", 4));
        await _domain.Maintenance.TruncateAsync<Counter>("c", atVersion: 2, TestContext.Current.CancellationToken);

        var counter = await Counters.GetAsync("c");
        counter.Count(10);
        await Counters.SaveAsync(counter);

        var loaded = await Counters.GetAsync("c", atVersion: 5);
        loaded.Value.ShouldBe(14);
        loaded.Id.ShouldBe("c");
    }

    [Fact]
    public async Task TruncateAsync_AVersionThatIsNotThere_SaysSo()
    {
        await Counters.SaveAsync(Counter.Start("c", 2));

        var error = await Should.ThrowAsync<AggregateNotFoundException>(_domain.Maintenance.TruncateAsync<Counter>("c", atVersion: 7, TestContext.Current.CancellationToken));

        error.Message.ShouldContain("at version 7");
    }

    [Fact]
    public async Task TruncateAsync_AnAggregateWithStoredState_IsRefused() =>
        (await Should.ThrowAsync<NotSupportedException>(_domain.Maintenance.TruncateAsync<Box>("b", cancellationToken: TestContext.Current.CancellationToken)))
            .Message.ShouldContain("Box stores its state");

    [Fact]
    public async Task ArchiveAsync_AnAggregate_IsNotFoundAndTakesNoMore()
    {
        await Counters.SaveAsync(Counter.Start("c", 2));
        var before = await Counters.GetAsync("c");

        await _domain.Maintenance.ArchiveAsync<Counter>("c", TestContext.Current.CancellationToken);

        (await Counters.FindAsync("c")).ShouldBeNull();
        before.Count(1);
        await Should.ThrowAsync<StreamArchivedException>(async () => await Counters.SaveAsync(before));
    }

    [Fact]
    public async Task ArchiveAsync_Twice_FindsNothingTheSecondTime()
    {
        await Counters.SaveAsync(Counter.Start("c", 2));
        await _domain.Maintenance.ArchiveAsync<Counter>("c", TestContext.Current.CancellationToken);

        await Should.ThrowAsync<AggregateNotFoundException>(_domain.Maintenance.ArchiveAsync<Counter>("c", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task VerifyAsync_ASnapshotAheadOfItsStream_IsFound()
    {
        await Counters.SaveAsync(Counter.Start("c", 5));
        var snapshots = _domain.Model.Aggregates[typeof(Counter)];
        await _domain.Store.CommitAsync(
            new()
            {
                Documents =
                [
                    new()
                    {
                        Collection = "test::counter:snapshot",
                        Key = $"{snapshots.Stamp}/c",
                        ExpectedVersion = ExpectedDocument.Any,
                        Version = 99,
                        Stamp = snapshots.Stamp,
                        Body = "{}"u8.ToArray(),
                    },
                ],
            },
            TestContext.Current.CancellationToken);

        List<StoreFinding> findings = [];
        await foreach (var finding in _domain.Maintenance.VerifyAsync(TestContext.Current.CancellationToken))
            findings.Add(finding);

        findings.ShouldHaveSingleItem().Problem.ShouldBe(StoreProblem.SnapshotAheadOfStream);
    }

    public ValueTask DisposeAsync() => _domain.DisposeAsync();
}
