using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Failure records: written with revisions, found, counted and purged.</summary>
public abstract class FailureConformance(IStoreHarness harness) : StoreConformance(harness)
{
    private static readonly FailureKey Key = new("handler", "Handle", 5);

    [Fact]
    public async Task Write_FullRecord_ComesBackAsWritten()
    {
        var record = Sample.Failure(Key, FailureStatus.Parked, partition: 3, parkKey: "shop::order-1", nextAttemptAt: Sample.Time.AddSeconds(9)) with
        {
            Retries = 2,
            StreamPosition = 7,
            UpdatedAt = Sample.Time.AddSeconds(4),
            Attempts =
            [
                new(Sample.Time, "System.InvalidOperationException", "Grüße 'x'", "at A.B()\n  at C.D()"),
                new(Sample.Time.AddSeconds(1), "System.TimeoutException", "", "at E.F()"),
            ],
        };

        await CommitAsync(Commits.Fail(record));

        var stored = await SingleAsync();
        stored.Attempts.ShouldBe(record.Attempts);
        (stored with { Attempts = [] }).ShouldBe(record with { Attempts = [], Revision = 1 });
    }

    [Fact]
    public async Task Write_LeastRecord_ComesBackWithoutTheRest()
    {
        await CommitAsync(Commits.Fail(Sample.Failure(Key)));

        var stored = await SingleAsync();
        stored.ParkKey.ShouldBeNull();
        stored.NextAttemptAt.ShouldBeNull();
        stored.Attempts.ShouldBeEmpty();
    }

    [Fact]
    public async Task Write_Again_ReplacesAndCountsTheRevision()
    {
        await CommitAsync(Commits.Fail(Sample.Failure(Key, parkKey: "p"), 0));

        await CommitAsync(Commits.Fail(Sample.Failure(Key, FailureStatus.Dead) with { Revision = 99 }, 1));

        var stored = await SingleAsync();
        stored.Revision.ShouldBe(2);
        stored.Status.ShouldBe(FailureStatus.Dead);
        stored.ParkKey.ShouldBeNull();
    }

    [Fact]
    public async Task Write_WhateverIsThere_CountsTheRevision()
    {
        await CommitAsync(Commits.Fail(Sample.Failure(Key)));
        await CommitAsync(Commits.Fail(Sample.Failure(Key)));

        (await SingleAsync()).Revision.ShouldBe(2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Write_AtAnotherRevision_IsRefusedWithTheFacts(long expected)
    {
        await CommitAsync(Commits.Fail(Sample.Failure(Key)));

        var error = await RefusedAsync<ConcurrencyException>(Commits.Fail(Sample.Failure(Key, FailureStatus.Dead), expected));

        error.ShouldSatisfyAllConditions(
            () => error.Subject.ShouldBe("failure of 'handler.Handle' at position 5"),
            () => error.Expected.ShouldBe(expected),
            () => error.Actual.ShouldBe(1));
        (await SingleAsync()).Status.ShouldBe(FailureStatus.Retrying);
    }

    [Fact]
    public async Task Write_ExpectedButNotThere_IsRefused()
    {
        var error = await RefusedAsync<ConcurrencyException>(Commits.Fail(Sample.Failure(Key), 1));

        error.Actual.ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(FailureWrite.AnyRevision)]
    public async Task Remove_RecordThatIsThere_RemovesIt(long expected)
    {
        await CommitAsync(Commits.Fail(Sample.Failure(Key)));

        await CommitAsync(Commits.Forget(Key, expected));

        (await QueryAsync(new())).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Remove_AtAnotherRevision_IsRefused(long expected)
    {
        await CommitAsync(Commits.Fail(Sample.Failure(Key)));

        await RefusedAsync<ConcurrencyException>(Commits.Forget(Key, expected));

        (await QueryAsync(new())).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(FailureWrite.AnyRevision)]
    public async Task Remove_RecordThatIsNotThere_ChangesNothing(long expected)
    {
        await CommitAsync(Commits.Forget(Key, expected));

        (await QueryAsync(new())).ShouldBeEmpty();
    }

    [Fact]
    public async Task Remove_ExpectedButNotThere_IsRefused() =>
        await RefusedAsync<ConcurrencyException>(Commits.Forget(Key, 1));

    [Theory]
    [InlineData("handler", null, new long[] { 4 })]
    [InlineData("handler", 0, new long[] { 2, 4 })]
    [InlineData("handler", 1, new long[] { 1, 3, 4 })]
    [InlineData("handler", 7, new long[] { 1, 2, 3, 4 })]
    [InlineData("nobody", null, new long[] { 1, 2, 3, 4 })]
    public async Task PurgeInCommit_HandlerOrPartition_RemovesAllOfIt(string handler, int? partition, long[] left)
    {
        await PutManyAsync();

        await CommitAsync(Commits.Purge(new FailurePurge(handler, partition)));

        (await QueryAsync(new())).Select(r => r.Key.GlobalPosition).ShouldBe(left);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public async Task PurgeInCommit_WithAWrite_ComesFirst(int? partition)
    {
        await CommitAsync(Commits.Fail(Sample.Failure(Key)));
        await CommitAsync(Commits.Fail(Sample.Failure(Key)));

        await CommitAsync(new() { FailurePurges = [new(Key.Handler, partition)], Failures = [new(Key, 0, Sample.Failure(Key))] });

        (await SingleAsync()).Revision.ShouldBe(1);
    }

    [Fact]
    public async Task PurgeInCommit_WithAWriteAtTheRevisionBefore_IsRefusedAndRemovesNothing()
    {
        await CommitAsync(Commits.Fail(Sample.Failure(Key)));

        await RefusedAsync<ConcurrencyException>(new() { FailurePurges = [new(Key.Handler)], Failures = [new(Key, 1, Sample.Failure(Key))] });

        (await SingleAsync()).Revision.ShouldBe(1);
    }

    [Fact]
    public void PurgeInCommit_Alone_IsNoEmptyCommit() => Commits.Purge(new FailurePurge("handler")).IsEmpty.ShouldBeFalse();

    [Fact]
    public async Task Write_KeysThatDifferInOnePart_AreDifferentRecords()
    {
        FailureKey[] keys = [Key, Key with { Handler = "Handler" }, Key with { Method = "handle" }, Key with { GlobalPosition = 6 }];
        foreach (var key in keys)
            await CommitAsync(Commits.Fail(Sample.Failure(key), 0));

        (await QueryAsync(new())).Count.ShouldBe(4);
    }

    [Fact]
    public async Task Query_All_IsOrderedByHandlerPositionAndMethod()
    {
        FailureKey[] keys = [new("b", "A", 1), new("a", "B", 10), new("a", "A", 10), new("a", "C", 9), new("B", "A", 99)];
        foreach (var key in keys)
            await CommitAsync(Commits.Fail(Sample.Failure(key)));

        (await QueryAsync(new())).Select(r => r.Key)
            .ShouldBe([new("B", "A", 99), new("a", "C", 9), new("a", "A", 10), new("a", "B", 10), new("b", "A", 1)]);
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task Query_Filter_ReturnsWhatMatches(string name, long[] expected)
    {
        await PutManyAsync();

        (await QueryAsync(Filter(name))).Select(r => r.Key.GlobalPosition).ShouldBe(expected);
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task Count_Filter_CountsWhatMatchesWithoutPaging(string name, long[] expected)
    {
        await PutManyAsync();
        var query = Filter(name) with { Take = 1, After = new("z", "z", 99) };

        (await Store.CountFailuresAsync(query, Cancellation)).ShouldBe(expected.Length);
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task Purge_Filter_RemovesWhatMatchesWithoutPaging(string name, long[] expected)
    {
        await PutManyAsync();
        var query = Filter(name) with { Take = 1, After = new("z", "z", 99) };

        (await Store.PurgeFailuresAsync(query, Cancellation)).ShouldBe(expected.Length);

        (await QueryAsync(new())).Select(r => r.Key.GlobalPosition).ShouldBe(new long[] { 1, 2, 3, 4 }.Except(expected));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public async Task Query_PageByPage_ReturnsAllOnce(int take)
    {
        for (var position = 1; position <= 6; position++)
            await CommitAsync(Commits.Fail(Sample.Failure(new(position % 2 == 0 ? "a" : "b", position % 3 == 0 ? "x" : "y", position))));
        var expected = (await QueryAsync(new())).Select(r => r.Key).ToArray();

        var read = new List<FailureKey>();
        for (var pages = 0; pages < expected.Length && read.Count < expected.Length; pages++)
            read.AddRange((await QueryAsync(new() { Take = take, After = read.Count == 0 ? null : read[^1] })).Select(r => r.Key));

        read.ShouldBe(expected);
        (await QueryAsync(new() { Take = take, After = read[^1] })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Query_AfterWithAFilter_PagesOverWhatMatches()
    {
        await PutManyAsync();

        var page = await QueryAsync(new() { Handler = "handler", Status = FailureStatus.Retrying, After = new("handler", "Handle", 1), Take = 1 });

        page.ShouldHaveSingleItem().Key.GlobalPosition.ShouldBe(2);
    }

    [Fact]
    public async Task Query_DefaultTake_IsAHundred()
    {
        await CommitAsync(new()
        {
            Failures = Enumerable.Range(1, 101).Select(n => new FailureKey("handler", "Handle", n))
                .Select(key => new FailureWrite(key, 0, Sample.Failure(key))).ToArray(),
        });

        (await QueryAsync(new())).Count.ShouldBe(100);
    }

    public static TheoryData<string, long[]> Filters() => new()
    {
        { "none", [1L, 2, 3, 4] },
        { "handler", [1L, 2, 3] },
        { "unknown handler", [] },
        { "partition", [2L] },
        { "status", [3L] },
        { "message type", [2L] },
        { "park key", [3L] },
        { "failed from", [2L, 3, 4] },
        { "failed before", [1L] },
        { "due by", [1L, 2] },
        { "several", [2L] },
    };

    private static FailureQuery Filter(string name) => name switch
    {
        "handler" => new() { Handler = "handler" },
        "unknown handler" => new() { Handler = "Handler" },
        "partition" => new() { Partition = 1 },
        "status" => new() { Status = FailureStatus.Parked },
        "message type" => new() { MessageType = "Shop.OrderShipped.v1" },
        "park key" => new() { ParkKey = "shop::order-1" },
        "failed from" => new() { FailedFrom = Sample.Time.AddSeconds(2) },
        "failed before" => new() { FailedBefore = Sample.Time.AddSeconds(2) },
        "due by" => new() { DueBy = Sample.Time.AddSeconds(20) },
        "several" => new() { Handler = "handler", FailedFrom = Sample.Time.AddSeconds(2), DueBy = Sample.Time.AddSeconds(20), Status = FailureStatus.Retrying },
        _ => new(),
    };

    private Task<CommitResult> PutManyAsync()
    {
        FailureRecord[] records =
        [
            Sample.Failure(new("handler", "Handle", 1), failedAt: Sample.Time.AddSeconds(1), nextAttemptAt: Sample.Time.AddSeconds(10)),
            Sample.Failure(new("handler", "Handle", 2), partition: 1, messageType: "Shop.OrderShipped.v1", failedAt: Sample.Time.AddSeconds(2), nextAttemptAt: Sample.Time.AddSeconds(20)),
            Sample.Failure(new("handler", "Handle", 3), FailureStatus.Parked, parkKey: "shop::order-1", failedAt: Sample.Time.AddSeconds(3), nextAttemptAt: Sample.Time.AddSeconds(30)),
            Sample.Failure(new("other", "Handle", 4), FailureStatus.Dead, failedAt: Sample.Time.AddSeconds(4)),
        ];
        return CommitAsync(new() { Failures = records.Select(r => new FailureWrite(r.Key, 0, r)).ToArray() });
    }

    private async Task<FailureRecord> SingleAsync() => (await QueryAsync(new())).ShouldHaveSingleItem();

    private async Task<IReadOnlyList<FailureRecord>> QueryAsync(FailureQuery query) => await Store.QueryFailuresAsync(query, Cancellation);
}
