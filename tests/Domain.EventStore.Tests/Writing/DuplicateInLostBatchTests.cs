using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Writing;

/// <summary>A batch that the server refused must not pass for done because one of its messages was there before it.</summary>
public sealed class DuplicateInLostBatchTests(ConformanceDatabase database) : ProxiedTests(database)
{
    private static readonly NewMessage _message = Sample.Message();

    [Theory(Timeout = HangLimit)]
    [InlineData(Shape.Messages)]
    [InlineData(Shape.Checkpoint)]
    [InlineData(Shape.Mixed)]
    public async Task CommitAsync_AnswerLostOfABatchWithARepeatedMessage_TheOthersAreWrittenAll(Shape companion)
    {
        var store = await OpenProxiedAsync();
        await store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.Any, _message), Cancellation);
        Cut.AnswerLost.Apply(Proxy, number: 2);
        await using var held = await HoldAppendLockAsync();
        var lead = store.CommitAsync(Commits.Move(new("lead"), 0, 1), Cancellation).AsTask();
        await UntilWaitingForLockAsync(1);
        var repeat = store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.Any, _message), Cancellation).AsTask();
        var other = store.CommitAsync(companion.Commit(), Cancellation).AsTask();

        await held.ReleaseAsync();

        await lead;
        await other;
        await Should.ThrowAsync<DuplicateMessageException>(() => repeat);
        (await Sql.StoredAsync(Schema)).ShouldBe(companion.Expected());
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_AnswerLostOfACommitWithARepeatedMessageAndADocument_IsRefusedAsARepeat()
    {
        var store = await OpenProxiedAsync();
        await store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.Any, _message), Cancellation);
        Cut.AnswerLost.Apply(Proxy);

        await Should.ThrowAsync<DuplicateMessageException>(() => store.CommitAsync(
            new() { Appends = [new(Sample.Stream, ExpectedVersion.Any, [_message])], Documents = [Sample.Document("d")] }, Cancellation).AsTask());

        (await store.LoadDocumentAsync(new(Sample.Carts, "d"), Cancellation)).ShouldBeNull();
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(Cut.NothingSent)]
    [InlineData(Cut.AnswerLost)]
    public async Task CommitAsync_LostBatchOfAMessageThatStandsInAnotherStream_IsRefusedAsARepeat(Cut cut)
    {
        var store = await OpenProxiedAsync();
        await store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.Any, _message), Cancellation);
        cut.Apply(Proxy);

        await Should.ThrowAsync<DuplicateMessageException>(() => store.CommitAsync(Commits.Append(Sample.StreamOf("other"), ExpectedVersion.Any, _message), Cancellation).AsTask());

        (await store.GetHeadAsync(Cancellation)).ShouldBe(1);
    }
}
