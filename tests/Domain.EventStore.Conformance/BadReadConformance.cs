using Protean.Storage;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>What can never be read, or done outside a commit, is refused.</summary>
public abstract class BadReadConformance(IStoreHarness harness) : StoreConformance(harness)
{
    private static readonly string TooLong = new('x', 251);

    [Theory]
    [MemberData(nameof(BadReads))]
    public async Task Read_BadInput_IsAnError(string name) => await InvalidAsync(async () => await BadReadAsync(name));

    public static TheoryData<string> BadReads() =>
    [
        "stream", "stream from", "stream count", "snapshot backwards", "snapshot of unknown collection", "log null", "log after", "log up to", "log count",
        "category empty", "category all", "category of a stream", "type empty", "source empty", "partition below", "partition beyond", "partition count",
        "correlation empty", "correlation after", "correlation count", "wait", "document collection", "document key", "query null", "query collection",
        "query skip", "query take", "query path", "query number", "count collection", "generations", "checkpoint", "heartbeat node", "heartbeat lifetime",
        "failures take", "key scope", "key key", "marks", "purge marks", "statistics", "verify null", "verify collection",
        "truncate kind", "truncate position", "truncate stream", "archive kind", "archive stream", "archive body",
    ];

    private ValueTask<ValueTuple> BadReadAsync(string name) => name switch
    {
        "stream" => Call(Store.ReadStreamAsync(new() { Stream = default, MaxCount = 1 }, Cancellation)),
        "stream from" => Call(Store.ReadStreamAsync(new() { Stream = Sample.Stream, From = -1, MaxCount = 1 }, Cancellation)),
        "stream count" => Call(Store.ReadStreamAsync(new() { Stream = Sample.Stream, MaxCount = 0 }, Cancellation)),
        "snapshot backwards" => Call(Store.ReadStreamAsync(new() { Stream = Sample.Stream, MaxCount = 1, Backwards = true, Snapshot = new(Sample.Carts, "a") }, Cancellation)),
        "snapshot of unknown collection" => Call(Store.ReadStreamAsync(new() { Stream = Sample.Stream, MaxCount = 1, Snapshot = new("shop::unknown", "a") }, Cancellation)),
        "log null" => Call(Store.ReadLogAsync(null!, Cancellation)),
        "log after" => BadLogAsync(Log with { After = -1 }),
        "log up to" => BadLogAsync(Log with { UpTo = -1 }),
        "log count" => BadLogAsync(Log with { MaxCount = 0 }),
        "category empty" => BadLogAsync(Log with { Categories = [""] }),
        "category all" => BadLogAsync(Log with { Categories = [StreamName.All] }),
        "category of a stream" => BadLogAsync(Log with { Categories = ["shop::order-1"] }),
        "type empty" => BadLogAsync(Log with { Types = [""] }),
        "source empty" => BadLogAsync(Log with { Source = "" }),
        "partition below" => BadLogAsync(Log with { Partition = new(-1, 2) }),
        "partition beyond" => BadLogAsync(Log with { Partition = new(2, 2) }),
        "partition count" => BadLogAsync(Log with { Partition = new(0, 0) }),
        "correlation empty" => Call(Store.ReadCorrelationAsync("", 0, 1, Cancellation)),
        "correlation after" => Call(Store.ReadCorrelationAsync("c", -1, 1, Cancellation)),
        "correlation count" => Call(Store.ReadCorrelationAsync("c", 0, 0, Cancellation)),
        "wait" => Call(Store.WaitForAppendAsync(-1, Cancellation)),
        _ => BadDocumentReadAsync(name),
    };

    private ValueTask<ValueTuple> BadDocumentReadAsync(string name) => name switch
    {
        "document collection" => Call(Store.LoadDocumentAsync(new("shop::unknown", "a"), Cancellation)),
        "document key" => Call(Store.LoadDocumentAsync(new(Sample.Carts, ""), Cancellation)),
        "query null" => Call(Store.QueryDocumentsAsync(null!, Cancellation)),
        "query collection" => Call(Store.QueryDocumentsAsync(Query with { Collection = "shop::unknown" }, Cancellation)),
        "query skip" => Call(Store.QueryDocumentsAsync(Query with { Skip = -1 }, Cancellation)),
        "query take" => Call(Store.QueryDocumentsAsync(Query with { Take = 0 }, Cancellation)),
        "query path" => Call(Store.QueryDocumentsAsync(Query with { Where = [new([], DocumentComparison.Equal, DocumentValue.Null)] }, Cancellation)),
        "query number" => Call(Store.QueryDocumentsAsync(Query with { Where = [new(["n"], DocumentComparison.Equal, DocumentValue.Number("1; drop"))] }, Cancellation)),
        "count collection" => Call(Store.CountDocumentsAsync(Query with { Collection = "shop::unknown" }, Cancellation)),
        "generations" => Call(Store.GetGenerationsAsync("shop::unknown", Cancellation)),
        _ => BadProgressReadAsync(name),
    };

    private ValueTask<ValueTuple> BadProgressReadAsync(string name) => name switch
    {
        "checkpoint" => Call(Store.GetCheckpointAsync(default, Cancellation)),
        "heartbeat node" => Call(Store.HeartbeatAsync(new("", TimeSpan.FromSeconds(1)), Cancellation)),
        "heartbeat lifetime" => Call(Store.HeartbeatAsync(new("a", TimeSpan.FromSeconds(-1)), Cancellation)),
        "failures take" => Call(Store.QueryFailuresAsync(new() { Take = 0 }, Cancellation)),
        "key scope" => Call(Store.GetKeyAsync("", "k", Cancellation)),
        "key key" => Call(Store.GetKeyAsync("s", TooLong, Cancellation)),
        "marks" => Call(Store.GetMarksAsync("", 0, 1, Cancellation)),
        "purge marks" => CallAsync(Store.PurgeMarksAsync("", 1, Cancellation)),
        "statistics" => Call(Store.GetStreamStatisticsAsync(default, Cancellation)),
        "verify null" => Call(Store.VerifyAsync(null!, Cancellation).ToListAsync(Cancellation)),
        "verify collection" => Call(Store.VerifyAsync([new("shop::unknown", Sample.Category)], Cancellation).ToListAsync(Cancellation)),
        "truncate kind" => Call(Store.TruncateStreamAsync(Sample.Stream, 0, Sample.Message(), Cancellation)),
        "truncate position" => Call(Store.TruncateStreamAsync(Sample.Stream, -1, Sample.Message(kind: MessageKind.Baseline), Cancellation)),
        "truncate stream" => Call(Store.TruncateStreamAsync(default, 0, Sample.Message(kind: MessageKind.Baseline), Cancellation)),
        "archive kind" => Call(Store.ArchiveStreamAsync(Sample.Stream, ExpectedVersion.Any, Sample.Message(), Cancellation)),
        "archive stream" => Call(Store.ArchiveStreamAsync(default, ExpectedVersion.Any, Sample.Message(kind: MessageKind.Tombstone), Cancellation)),
        "archive body" => Call(Store.ArchiveStreamAsync(Sample.Stream, ExpectedVersion.Any, Sample.Message(kind: MessageKind.Tombstone, body: ""), Cancellation)),
        _ => throw new InvalidOperationException($"There is no bad read '{name}'."),
    };

    private static LogRead Log => new() { After = 0, MaxCount = 1 };

    private static DocumentQuery Query => new() { Collection = Sample.Carts };

    private ValueTask<ValueTuple> BadLogAsync(LogRead read) => Call(Store.ReadLogAsync(read, Cancellation));

    private static async ValueTask<ValueTuple> Call<TResult>(ValueTask<TResult> call)
    {
        await call;
        return default;
    }

    private static async ValueTask<ValueTuple> CallAsync(ValueTask call)
    {
        await call;
        return default;
    }
}
