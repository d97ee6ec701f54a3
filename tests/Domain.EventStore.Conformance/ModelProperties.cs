using FsCheck;
using FsCheck.Fluent;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Any sequence of commits leaves a store as it leaves a model that is too simple to be wrong.</summary>
public abstract class ModelProperties(IStoreHarness harness) : StoreConformance(harness)
{
    private int _runs;

    [Fact]
    public async Task Commit_AnySequence_LeavesTheStoreAsItLeavesTheModel() =>
        await Properties.HoldAsync(Gen.ListOf(Steps, 25), RunAsync, count: 40);

    private static Gen<Step> Steps =>
        from append in Optional(Appends)
        from second in Optional(Appends)
        from document in Optional(Documents)
        from checkpoint in Optional(Checkpoints)
        from key in Optional(Gen.Choose(0, 9))
        select new Step(append, second is null || second.Stream == append?.Stream ? null : second, document, checkpoint, key);

    private static Gen<AppendStep?> Appends =>
        from stream in Gen.Choose(0, 3)
        from expected in Gen.Choose(-2, 3)
        from count in Gen.Choose(1, 3)
        select new AppendStep(stream, expected, count);

    private static Gen<DocumentStep?> Documents =>
        from key in Gen.Choose(0, 3)
        from expected in Gen.Choose(-3, 3)
        from version in Gen.Choose(1, 4)
        from email in Gen.Choose(0, 4)
        from isDelete in Gen.Elements(true, false, false)
        select new DocumentStep(key, expected == -1 ? 0 : expected, version, email, isDelete && expected is not (-3));

    private static Gen<CheckpointStep?> Checkpoints =>
        from key in Gen.Choose(0, 1)
        from expected in Gen.Choose(0, 3)
        from position in Gen.Choose(0, 3)
        select new CheckpointStep(key, expected, position);

    private static Gen<T?> Optional<T>(Gen<T?> values)
        where T : class => Gen.OneOf(values, Gen.Constant<T?>(null));

    private static Gen<int?> Optional(Gen<int> values) => Gen.Frequency((1, values.Select(v => (int?)v)), (3, Gen.Constant<int?>(null)));

    /// <summary>Every run has names of its own, so that all of them share one store.</summary>
    private async Task RunAsync(List<Step> steps)
    {
        var run = $"run{Interlocked.Increment(ref _runs)}";
        var model = new Model(run, await HeadAsync());
        foreach (var step in steps)
        {
            var commit = model.ToCommit(step);
            var before = await HeadAsync();
            var error = await OutcomeAsync(commit);
            if (model.Accepts(step))
                error.ShouldBeNull($"{step}");
            else
                error.ShouldBeAssignableTo<CommitRefusedException>($"{step}");
            if (error is null)
                model.Apply(step, commit);
            else
                (await HeadAsync()).ShouldBe(before);
        }

        await ShouldBeAsAsync(model, run);
    }

    private async Task ShouldBeAsAsync(Model model, string run)
    {
        foreach (var (stream, messages) in model.Streams)
            (await ReadAsync(stream)).Messages.Select(m => (m.Id, m.Position)).ShouldBe(messages.Select((id, position) => (id, (long)position)));
        var log = await ReadLogAsync(new() { After = model.Start, MaxCount = Everything });
        log.Messages.Select(m => m.Id).ShouldBe(model.Log);
        var documents = (await Store.QueryDocumentsAsync(new() { Collection = Sample.Carts }, Cancellation)).Where(d => d.Key.StartsWith($"{run}/", StringComparison.Ordinal));
        documents.Select(d => (d.Key, d.Version)).ShouldBe(model.Documents.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => (d.Key, d.Value.Version)));
        foreach (var (key, position) in model.Checkpoints)
            (await CheckpointAsync(key)).ShouldNotBeNull().Position.ShouldBe(position);
    }

    private sealed record AppendStep(int Stream, long Expected, int Count);

    private sealed record DocumentStep(int Key, long Expected, long Version, int Email, bool IsDelete);

    private sealed record CheckpointStep(int Key, long Expected, long Position);

    private sealed record Step(AppendStep? Append, AppendStep? Second, DocumentStep? Document, CheckpointStep? Checkpoint, int? Key);

    private sealed class Model(string run, long start)
    {
        private readonly HashSet<int> _keys = [];

        public long Start => start;

        public Dictionary<StreamName, List<Guid>> Streams { get; } = [];

        public List<Guid> Log { get; } = [];

        public Dictionary<string, (long Version, int Email)> Documents { get; } = [];

        public Dictionary<CheckpointKey, long> Checkpoints { get; } = [];

        public Commit ToCommit(Step step) => new()
        {
            Appends = Appends(step).Select(a => new StreamAppend(Stream(a), a.Expected, Sample.Messages(a.Count))).ToArray(),
            Documents = step.Document is not { } d ? []
                : d.IsDelete ? [Sample.Deletion(Key(d), d.Expected)]
                : [Sample.Document(Key(d), $$"""{"email":"{{run}}/{{d.Email}}"}""", d.Version, d.Expected)],
            Checkpoints = step.Checkpoint is { } c ? [new(Checkpoint(c), c.Expected, c.Position, 0)] : [],
            Keys = step.Key is { } k ? [Sample.Key($"{run}/{k}")] : [],
        };

        public bool Accepts(Step step) =>
            Appends(step).All(a => a.Expected == ExpectedVersion.Any || a.Expected == Streams.GetValueOrDefault(Stream(a), []).Count - 1)
            && (step.Document is not { } d || AcceptsDocument(d))
            && (step.Checkpoint is not { } c || c.Expected == Checkpoints.GetValueOrDefault(Checkpoint(c)))
            && (step.Key is not { } k || !_keys.Contains(k));

        public void Apply(Step step, Commit commit)
        {
            foreach (var append in commit.Appends)
            {
                if (!Streams.TryGetValue(append.Stream, out var messages))
                    Streams.Add(append.Stream, messages = []);
                messages.AddRange(append.Messages.Select(m => m.Id));
                Log.AddRange(append.Messages.Select(m => m.Id));
            }

            if (step.Document is { IsDelete: true } deleted)
                Documents.Remove(Key(deleted));
            else if (step.Document is { } written && IsWritten(written))
                Documents[Key(written)] = (written.Version, written.Email);
            if (step.Checkpoint is { } checkpoint)
                Checkpoints[Checkpoint(checkpoint)] = checkpoint.Position;
            if (step.Key is { } key)
                _keys.Add(key);
        }

        private static IEnumerable<AppendStep> Appends(Step step) => new[] { step.Append, step.Second }.OfType<AppendStep>();

        private bool AcceptsDocument(DocumentStep step)
        {
            var version = Documents.GetValueOrDefault(Key(step)).Version;
            var isExpected = step.Expected is ExpectedDocument.Any or ExpectedDocument.Older || step.Expected == version;
            return isExpected && (step.IsDelete || !IsWritten(step) || Documents.All(d => d.Key == Key(step) || d.Value.Email != step.Email));
        }

        private bool IsWritten(DocumentStep step) =>
            step.Expected != ExpectedDocument.Older || Documents.GetValueOrDefault(Key(step)).Version < step.Version;

        private StreamName Stream(AppendStep step) => Sample.StreamOf($"{run}-{step.Stream}");

        private string Key(DocumentStep step) => $"{run}/{step.Key}";

        private CheckpointKey Checkpoint(CheckpointStep step) => new($"{run}/{step.Key}");
    }
}
