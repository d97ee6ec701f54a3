using Protean.EventStore.Conformance;
using Protean.Storage;
using Protean.Storage.InMemory;
using Shouldly;
using Xunit;

namespace Protean.Tests.Storage;

/// <summary>What no caller of a store can bring about, and verification must still see.</summary>
public sealed class StoreVerificationTests
{
    [Fact]
    public void Findings_PositionMissingInAStream_NamesTheStream()
    {
        var finding = Verify(Entry(1, "a", 0), Entry(2, "b", 4), Entry(3, "a", 2), Entry(4, "b", 5)).ShouldHaveSingleItem();

        finding.Problem.ShouldBe(StoreProblem.StreamGap);
        finding.Subject.ShouldBe("shop::order-a");
        finding.Detail.ShouldBe("position 2 follows 0");
    }

    [Fact]
    public void Findings_IdTwice_NamesTheMessage()
    {
        var id = Guid.CreateVersion7();

        var finding = Verify(Entry(1, "a", 0, id), Entry(2, "b", 0, id)).ShouldHaveSingleItem();

        finding.Problem.ShouldBe(StoreProblem.DuplicateMessageId);
        finding.Subject.ShouldBe(id.ToString());
    }

    [Fact]
    public void Findings_NothingWrong_AreNone() => Verify(Entry(1, "a", 3), Entry(2, "a", 4), Entry(5, "b", 0)).ShouldBeEmpty();

    private static StoreFinding[] Verify(params LogEntry[] log) =>
        new StoreVerification(log, head: 9, [], []).Findings().ToArray();

    private static LogEntry Entry(long globalPosition, string id, long position, Guid? messageId = null)
    {
        var stream = Sample.StreamOf(id);
        var message = new StoredMessage
        {
            GlobalPosition = globalPosition,
            Stream = stream,
            Position = position,
            Id = messageId ?? Guid.CreateVersion7(),
            Type = "A.v1",
            Kind = MessageKind.Event,
            Time = Sample.Time,
            Body = Sample.Utf8("{}"),
            Metadata = new() { CorrelationId = "c" },
        };
        return new(message, new(stream, new(stream.Category)));
    }
}
