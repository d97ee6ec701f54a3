using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Faults;

/// <summary>The longest bodies there can be. What is longer still is refused in the conformance suite.</summary>
public sealed class BodyLengthTests(ConformanceDatabase database) : PostgresTests(database)
{
    private const string Head = "{\"text\":\"";
    private const string Tail = "\"}";

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_LongestBodies_AreKept()
    {
        var store = await OpenAsync();
        var body = Longest();

        await store.CommitAsync(
            new() { Appends = [new(Sample.Stream, ExpectedVersion.NoStream, [Sample.Message() with { Body = body }])], Documents = [Sample.Document("d") with { Body = body }] },
            Cancellation);

        var page = await store.ReadStreamAsync(new() { Stream = Sample.Stream, MaxCount = 1 }, Cancellation);
        page.Messages.ShouldHaveSingleItem().Body.Span.SequenceEqual(body).ShouldBeTrue();
        var document = (await store.LoadDocumentAsync(new(Sample.Carts, "d"), Cancellation)).ShouldNotBeNull();
        document.Body.Span.Count((byte)'x').ShouldBe(body.AsSpan().Count((byte)'x'));
    }

    private static byte[] Longest()
    {
        var body = new byte[CommitValidation.MaxBodyLength];
        body.AsSpan().Fill((byte)'x');
        Sample.Utf8(Head).CopyTo(body, 0);
        Sample.Utf8(Tail).CopyTo(body, body.Length - Tail.Length);
        return body;
    }
}
