using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Writing;

/// <summary>Commits that stand in one batch: whoever is to blame fails alone, and the others are written.</summary>
public sealed class GroupCommitTests(ConformanceDatabase database) : PostgresTests(database)
{
    private const int Good = 4;

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_OneConflictInABatch_FailsAloneWithWhatWasFound()
    {
        var store = await OpenAsync(options => options.Writers = 1);
        await store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.NoStream, Sample.Messages(3)), Cancellation);

        var error = (await OneAmongOthersAsync(store, Commits.Append(Sample.Stream, 7, Sample.Message()))).ShouldBeOfType<ConcurrencyException>();

        (error.Subject, error.Expected, error.Actual).ShouldBe((Sample.Stream.Value, 7, 2));
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_OneRepeatedUniqueValueInABatch_FailsAlone()
    {
        var store = await OpenAsync(options => options.Writers = 1);
        await store.CommitAsync(Commits.Write(Sample.Document("first", """{"email":"a@b"}""")), Cancellation);

        var error = (await OneAmongOthersAsync(store, Commits.Write(Sample.Document("second", """{"email":"a@b"}""")))).ShouldBeOfType<DuplicateValueException>();

        (error.Index, error.Key).ShouldBe(("email", "second"));
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_OneRepeatedMessageInABatch_FailsAlone()
    {
        var store = await OpenAsync(options => options.Writers = 1);
        var message = Sample.Message();
        await store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.Any, message), Cancellation);

        (await OneAmongOthersAsync(store, Commits.Append(Sample.Stream, ExpectedVersion.Any, message))).ShouldBeOfType<DuplicateMessageException>().Id.ShouldBe(message.Id);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("{not json")]
    [InlineData("\"\\ud800 half a surrogate pair\"x")]
    public async Task CommitAsync_OneBodyThatIsNoJsonInABatch_FailsAlone(string body)
    {
        var store = await OpenAsync(options => options.Writers = 1);

        (await OneAmongOthersAsync(store, Commits.Append(Sample.Stream, ExpectedVersion.Any, Sample.Message(body: body)))).ShouldBeOfType<ArgumentException>();
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_SeveralFailuresInABatch_EachFailsForItself()
    {
        var store = await OpenAsync(options => options.Writers = 1);
        var repeated = Sample.Message();
        await store.CommitAsync(new() { Appends = [new(Sample.Stream, ExpectedVersion.Any, [repeated])], Documents = [Sample.Document("d", """{"email":"a@b"}""")], Keys = [Sample.Key("k")] }, Cancellation);

        var errors = await BatchAsync(
            store,
            [
                Commits.Append(Sample.StreamOf("a"), 5, Sample.Message()),
                Commits.Append(Sample.StreamOf("b"), ExpectedVersion.Any, repeated),
                Commits.Write(Sample.Document("e", """{"email":"a@b"}""")),
                Commits.Claim(Sample.Key("k")),
                Commits.Move(new("handler"), 3, 4),
                Commits.Append(Sample.StreamOf("good"), ExpectedVersion.NoStream, Sample.Message()),
            ]);

        errors.Select(static error => error?.GetType()).ShouldBe(
            [typeof(ConcurrencyException), typeof(DuplicateMessageException), typeof(DuplicateValueException), typeof(DuplicateKeyException), typeof(CheckpointLostException), null]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_SameStreamAtTheSameVersionManyTimes_OneIsWritten()
    {
        var store = await OpenAsync();

        var errors = await store.Enqueue(Enumerable.Range(0, 20).Select(_ => Commits.Append(Sample.Stream, ExpectedVersion.NoStream, Sample.Message()))).ErrorsAsync();

        errors.Count(static error => error is null).ShouldBe(1);
        errors.OfType<ConcurrencyException>().Count(static error => error.Actual == 0).ShouldBe(19);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_SameDocumentAtTheSameVersionManyTimes_OneIsWritten()
    {
        var store = await OpenAsync();

        var errors = await store.Enqueue(Enumerable.Range(0, 20).Select(_ => Commits.Write(Sample.Document("d")))).ErrorsAsync();

        errors.Count(static error => error is null).ShouldBe(1);
        errors.OfType<ConcurrencyException>().Count(static error => error.Actual == 1).ShouldBe(19);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_SameCheckpointFromTheSamePositionManyTimes_OneMovesIt()
    {
        var store = await OpenAsync();

        var errors = await store.Enqueue(Enumerable.Range(1, 20).Select(n => Commits.Move(new("handler"), 0, n))).ErrorsAsync();

        errors.Count(static error => error is null).ShouldBe(1);
        errors.OfType<CheckpointLostException>().Count().ShouldBe(19);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_SameStreamAtAnyVersionManyTimes_AllAreWrittenInTheOrderTheyCame()
    {
        var store = await OpenAsync(options => options.Writers = 1);
        var messages = Sample.Messages(20);
        await using var held = await HoldAppendLockAsync();
        var commits = store.Enqueue(messages.Select(message => Commits.Append(Sample.Stream, ExpectedVersion.Any, message)));

        await held.ReleaseAsync();

        (await Task.WhenAll(commits)).Select(static result => result.StreamPositions[0]).ShouldBe(Enumerable.Range(0, 20).Select(static n => (long)n));
        (await Sql.ListAsync<Guid>($"select id from {Schema}.messages order by position")).ShouldBe(messages.Select(static message => message.Id));
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_LargerThanABatch_IsWritten()
    {
        var store = await OpenAsync(options => (options.Writers, options.MaxBatchBytes) = (1, 10_000));
        var large = Sample.Message(body: $"\"{new string('x', 200_000)}\"");

        var errors = await BatchAsync(
            store, [.. Enumerable.Range(0, 5).Select(n => Commits.Append(Sample.StreamOf($"{n}"), ExpectedVersion.NoStream, Sample.Message())), Commits.Append(Sample.StreamOf("large"), ExpectedVersion.NoStream, large)]);

        errors.ShouldAllBe(static error => error == null);
        (await store.FindMessageAsync(large.Id, Cancellation))!.Body.Length.ShouldBe(200_002);
    }

    /// <summary>Writes a commit in the midst of others that nothing is wrong with.</summary>
    /// <returns>What it failed with.</returns>
    private async Task<Exception?> OneAmongOthersAsync(PostgresEventStore store, Commit bad)
    {
        var good = Enumerable.Range(0, Good).Select(n => Commits.Append(Sample.StreamOf($"good{n}"), ExpectedVersion.NoStream, Sample.Message())).ToArray();

        var errors = await BatchAsync(store, [.. good[..2], bad, .. good[2..]]);

        errors.Where(static (_, n) => n != 2).ShouldAllBe(static error => error == null);
        (await Sql.ScalarAsync<long>($"select count(*) from {Schema}.messages where stream like '{Sample.Category}-good%'")).ShouldBe(Good);
        return errors[2];
    }

    private async Task<Exception?[]> BatchAsync(PostgresEventStore store, Commit[] commits)
    {
        await using var held = await HoldAppendLockAsync();
        var lead = store.CommitAsync(Commits.Move(new("lead"), 0, 1), Cancellation).AsTask();
        await UntilWaitingForLockAsync(1);
        var queued = store.Enqueue(commits);
        await held.ReleaseAsync();
        await lead;
        return await queued.ErrorsAsync();
    }
}
