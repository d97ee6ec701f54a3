using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance.Scenarios;

/// <summary>Event store and aggregates, on a store that is closed and opened again.</summary>
public abstract class ScenarioIConformance(IScenarioHarness harness) : ScenarioConformance(harness)
{
    private const string Altered = """{"loanId":"1","days":99}""";

    [Fact]
    public async Task Scenario_I63_TwoInterleavedStreams_AreReadInTheOrderOfTheLogAndOfTheirOwn()
    {
        await using var library = Open();
        await library.Repository<Loan>().SaveAsync(Loan.Begin("1"), Cancellation);
        await library.Repository<Loan>().SaveAsync(Loan.Begin("2"), Cancellation);
        await library.ExtendAsync("1", 1);
        await library.ExtendAsync("2", 1);

        var category = await library.LogAsync("library::loan");
        var stream = await library.Store.ReadStreamAsync(new() { Stream = StreamName.Parse("library::loan-2"), MaxCount = 10 }, Cancellation);

        category.Select(m => (m.Stream.Id.ToString(), m.GlobalPosition)).ShouldBe([("1", 1L), ("2", 2), ("1", 3), ("2", 4)]);
        stream.Messages.Select(m => (m.Position, m.GlobalPosition)).ShouldBe([(0L, 2L), (1, 4)]);
        (await library.LogAsync()).Select(m => m.GlobalPosition).ShouldBe([1L, 2, 3, 4]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Scenario_I64_PageByPage_ReturnsEachEventOnce(int pageSize)
    {
        await using var library = Open();
        await library.Repository<Loan>().SaveAsync(Loan.Begin("1"), Cancellation);
        await library.ExtendAsync("1", 8);
        var (after, seen) = (0L, new List<long>());

        while (await library.Store.ReadLogAsync(new() { After = after, MaxCount = pageSize }, Cancellation) is { Messages.Count: > 0 } page)
        {
            seen.AddRange(page.Messages.Select(m => m.GlobalPosition));
            after = page.ScannedTo;
        }

        seen.ShouldBe([1L, 2, 3, 4, 5, 6, 7, 8, 9]);
    }

    [Theory]
    [InlineData(9, null)]
    [InlineData(10, 10L)]
    [InlineData(19, 10L)]
    [InlineData(20, 20L)]
    public async Task Scenario_I66_ASnapshotEveryTenEvents_IsUsedAfterARestart(int events, long? version)
    {
        await using (var library = Open())
        {
            await library.Repository<Loan>().SaveAsync(Loan.Begin("1"), Cancellation);
            await library.ExtendAsync("1", events - 1);
        }

        await using var again = Open();
        await again.StartAsync(Cancellation);
        var snapshots = await again.Store.QueryDocumentsAsync(new() { Collection = "library::loan:snapshot" }, Cancellation);
        snapshots.Select(s => (long?)s.Version).ShouldBe(version is null ? [] : [version]);
        (await again.Repository<Loan>().GetAsync("1", Cancellation)).Days.ShouldBe(events - 1);
    }

    [Fact]
    public async Task Scenario_I66_StateFromASnapshot_EqualsAFullReplay()
    {
        await using (var library = Open())
        {
            await library.Repository<Loan>().SaveAsync(Loan.Begin("1"), Cancellation);
            await library.ExtendAsync("1", 24);
        }

        await using var replaying = Open(snapshotEvery: 0);

        (await replaying.Repository<Loan>().GetAsync("1", Cancellation)).Days.ShouldBe(24);
    }

    [Fact]
    public async Task Scenario_I70_APayloadAlteredInTheStore_NamesBothChecksums()
    {
        await using var library = Open(snapshotEvery: 0);
        await library.Repository<Loan>().SaveAsync(Loan.Begin("1"), Cancellation);
        await library.ExtendAsync("1", 1);
        var second = (await library.LogAsync())[1];
        var stored = second.Checksum!.Value;
        await Harness.AlterSecondMessageAsync(Altered, keepsChecksum: true);

        var error = await Assert.ThrowsAsync<CorruptMessageException>(async () => await library.Repository<Loan>().GetAsync("1", Cancellation));

        error.MessageId.ShouldBe(second.Id);
        error.Message.ShouldContain($"{stored:x8}");
        error.Message.ShouldContain($"{Checksum.Compute(Sample.Utf8(Altered)):x8}");
        (await library.Maintenance.VerifyAsync(Cancellation).ToListAsync(Cancellation)).ShouldHaveSingleItem().Problem.ShouldBe(StoreProblem.ChecksumMismatch);
    }

    [Fact]
    public async Task Scenario_I70_APayloadWithoutChecksum_IsAccepted()
    {
        await using var library = Open(snapshotEvery: 0);
        await library.Repository<Loan>().SaveAsync(Loan.Begin("1"), Cancellation);
        await library.ExtendAsync("1", 1);
        await Harness.AlterSecondMessageAsync(Altered, keepsChecksum: false);

        (await library.Repository<Loan>().GetAsync("1", Cancellation)).Days.ShouldBe(99);
    }
}
